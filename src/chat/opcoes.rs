//! A linha de comando do chat, em português.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};

use super::nome;
use super::par::{self, Enderecos};
use super::protocolo::Modo;
use crate::argumentos::porta_do_ambiente;
use crate::{ErroDeUso, recusas};

const MODELO_DE_AJUDA: &str = "\
{about}

Uso: {usage}

Opções:
{options}{after-help}";

const USO: &str = "cargo chat --ip IP [OPÇÕES]
     cargo run --example chat -- --ip IP [OPÇÕES]   (o mesmo, sem a tela)";

const EXEMPLOS: &str = "\
Dois computadores, o 192.168.0.10 e o 192.168.0.12, em qualquer ordem:
  no 192.168.0.10:  cargo chat --ip 192.168.0.12
  no 192.168.0.12:  cargo chat --ip 192.168.0.10

Dois chats neste computador, cada um em um terminal e com a sua porta:
  cargo chat --ip 127.0.0.1 --porta-local 50000 --porta 50001
  cargo chat --ip 127.0.0.1 --porta-local 50001 --porta 50000

Um arquivo do 192.168.0.10 para o 192.168.0.12, que roda o primeiro comando:
  cargo chat --ip 192.168.0.10 --so-ouvir --uma-conversa > recebido.txt
  cargo chat --ip 192.168.0.12 < poema.txt";

const ONDE_VER: &str =
    "Veja as opções com: cargo run --example chat -- --ajuda";

/// Os protocolos, com o nome que têm em `--protocolo`.
const PROTOCOLOS: [(&str, Modo); 3] = [
    ("tcp", Modo::Tcp),
    ("udp", Modo::Udp),
    ("udp-confiavel", Modo::UdpConfiavel),
];

/// Como a pessoa quer conversar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opcoes {
    /// Com quem, e onde escutar.
    pub enderecos: Enderecos,
    /// Em que protocolo.
    pub modo: Modo,
    /// Com que nome.
    pub nome: String,
    /// Se mesmo em um terminal, e com a tela compilada, ela fica de fora.
    pub simples: bool,
    /// O arquivo a que se acrescenta a transcrição.
    pub registro: Option<PathBuf>,
    /// Se o programa acaba quando o outro se despede.
    pub uma_conversa: bool,
    /// Se a entrada padrão não é lida.
    pub so_ouvir: bool,
    /// Quanto se espera, sem que nada progrida, pela entrega do que falta.
    pub espera: Duration,
}

impl Opcoes {
    /// Lê os argumentos do processo, o nome do programa primeiro.
    ///
    /// # Errors
    /// [`ErroDeUso`] quando não servem, ou quando a pessoa pede a ajuda; outro erro
    /// quando o nome do par não se resolve.
    pub fn ler(argumentos: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let escolhas = comando()
            .try_get_matches_from(argumentos)
            .map_err(|erro| recusas::recusar(&erro, ONDE_VER))?;
        let porta = porta(&escolhas)?;
        let porta_local = escolhas.get_one("porta-local").copied();
        let ip = escolhas.get_one::<String>("ip").map_or("", String::as_str);
        let enderecos =
            par::descobrir(ip, porta, porta_local.unwrap_or(porta))?;
        let nome = escolhas.get_one::<String>("nome");
        let protocolo = escolhas.get_one::<String>("protocolo");
        Ok(Self {
            enderecos,
            modo: modo(protocolo.map_or("", String::as_str)),
            nome: nome.map_or_else(nome::padrao, String::clone),
            simples: escolhas.get_flag("simples"),
            registro: escolhas.get_one("registro").cloned(),
            uma_conversa: escolhas.get_flag("uma-conversa"),
            so_ouvir: escolhas.get_flag("so-ouvir"),
            espera: Duration::from_secs(
                escolhas.get_one("espera").copied().unwrap_or_default(),
            ),
        })
    }
}

/// O nome do protocolo em `--protocolo`.
#[must_use]
pub fn nome_do_modo(modo: Modo) -> &'static str {
    let achado = PROTOCOLOS.iter().find(|(_, outro)| *outro == modo);
    achado.map_or("", |(nome, _)| nome)
}

/// O clap só deixa passar nomes de [`PROTOCOLOS`].
fn modo(nome: &str) -> Modo {
    let achado = PROTOCOLOS.iter().find(|(outro, _)| *outro == nome);
    achado.map_or(Modo::Tcp, |(_, modo)| *modo)
}

fn porta(escolhas: &ArgMatches) -> Result<u16, ErroDeUso> {
    if let Some(porta) = escolhas.get_one("porta") {
        return Ok(*porta);
    }
    match porta_do_ambiente() {
        Ok(0) => Err(ErroDeUso::novo(
            "a variável de ambiente SOCKETS_PORTA vale 0, e os dois lados precisam \
             de uma porta certa: ponha nela um número de 1 a 65535 ou apague-a",
        )),
        Ok(porta) => Ok(porta),
        Err(erro) => Err(ErroDeUso::novo(erro)),
    }
}

/// O valor de `--porta` e de `--porta-local`.
fn ler_porta(texto: &str) -> Result<u16, &'static str> {
    let porta = texto.parse().ok().filter(|porta| *porta != 0);
    porta.ok_or("use um número de 1 a 65535")
}

/// O valor de `--espera`: até um dia.
fn ler_espera(texto: &str) -> Result<u64, &'static str> {
    let segundos = texto.parse().ok().filter(|espera| *espera <= 86_400);
    segundos.ok_or("use um número de segundos, de 0 a 86400")
}

fn ler_nome(texto: &str) -> Result<String, String> {
    nome::conferir(texto).map(str::to_string)
}

fn comando() -> Command {
    let valor = |nome: &'static str, valor: &'static str| {
        Arg::new(nome)
            .long(nome)
            .value_name(valor)
            .hide_default_value(true)
            .hide_possible_values(true)
    };
    let chave = |nome: &'static str| {
        Arg::new(nome).long(nome).action(ArgAction::SetTrue)
    };
    recusas::comando("chat", USO, MODELO_DE_AJUDA)
        .about(
            "Conversa com outro computador. Rode o mesmo comando nos dois, em qualquer\n\
             ordem, cada um com o endereço do outro. O texto não vai cifrado.",
        )
        .after_help(EXEMPLOS)
        .arg(valor("ip", "IP").required(true).help(
            "O outro computador: um IPv4, um IPv6 ou um nome",
        ))
        .arg(valor("porta", "PORTA").value_parser(ler_porta).help(
            "A porta do outro [padrão: 50000 ou SOCKETS_PORTA]",
        ))
        .arg(valor("porta-local", "PORTA").value_parser(ler_porta).help(
            "A porta deste chat [padrão: a mesma do outro]",
        ))
        .arg(
            valor("protocolo", "PROTOCOLO")
                .value_parser(PROTOCOLOS.map(|(nome, _)| nome))
                .default_value("tcp")
                .help("tcp, udp ou udp-confiavel [padrão: tcp]"),
        )
        .arg(
            valor("nome", "NOME")
                .value_parser(ler_nome)
                .help("Como você se chama [padrão: o nome de usuário]"),
        )
        .arg(chave("simples").help("Linhas simples, sem a tela"))
        .arg(
            valor("registro", "ARQUIVO")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help("Acrescenta a conversa a este arquivo"),
        )
        .arg(chave("uma-conversa").help("Acaba quando o outro se despede"))
        .arg(chave("so-ouvir").help("Não lê a entrada: só mostra o que chega"))
        .arg(
            valor("espera", "SEGUNDOS")
                .value_parser(ler_espera)
                .default_value("300")
                .help(
                    "Depois do fim da entrada, quanto esperar sem\n\
                     nenhuma entrega [padrão: 300]",
                ),
        )
}

#[cfg(test)]
mod testes {
    use super::*;

    fn ler(argumentos: &[&str]) -> Result<Opcoes> {
        let argumentos = ["chat"].iter().chain(argumentos);
        Opcoes::ler(argumentos.map(OsString::from))
    }

    fn recusa(argumentos: &[&str]) -> String {
        let erro = ler(argumentos).unwrap_err();
        assert!(
            erro.downcast_ref::<ErroDeUso>().is_some_and(|e| !e.ajuda),
            "{argumentos:?}: {erro:#}"
        );
        erro.to_string()
    }

    #[test]
    fn a_definicao_e_coerente() {
        comando().debug_assert();
    }

    #[test]
    fn com_o_ip_e_as_portas_o_resto_tem_padrao() {
        let opcoes =
            ler(&["--ip=192.0.2.7", "--porta=7", "--nome= Ana "]).unwrap();
        let esperadas = Opcoes {
            enderecos: Enderecos {
                par: "192.0.2.7:7".parse().unwrap(),
                local: "0.0.0.0:7".parse().unwrap(),
            },
            modo: Modo::Tcp,
            nome: "Ana".into(),
            simples: false,
            registro: None,
            uma_conversa: false,
            so_ouvir: false,
            espera: Duration::from_secs(300),
        };
        assert_eq!(opcoes, esperadas);
    }

    #[test]
    fn cada_opcao_e_entendida() {
        let opcoes = ler(&[
            "--ip",
            "::1",
            "--porta",
            "50001",
            "--porta-local",
            "50000",
            "--protocolo",
            "udp-confiavel",
            "--nome",
            "Bia",
            "--simples",
            "--registro",
            "conversa.txt",
            "--uma-conversa",
            "--so-ouvir",
            "--espera",
            "0",
        ])
        .unwrap();
        assert_eq!(opcoes.enderecos.par, "[::1]:50001".parse().unwrap());
        assert_eq!(opcoes.enderecos.local, "[::1]:50000".parse().unwrap());
        assert_eq!(opcoes.modo, Modo::UdpConfiavel);
        assert_eq!(opcoes.nome, "Bia");
        assert_eq!(opcoes.registro, Some("conversa.txt".into()));
        assert!(opcoes.simples && opcoes.uma_conversa && opcoes.so_ouvir);
        assert_eq!(opcoes.espera, Duration::ZERO);
    }

    #[test]
    fn os_protocolos_tem_nome() {
        for (nome, modo) in PROTOCOLOS {
            let opcoes = ler(&["--ip=192.0.2.7", "--protocolo", nome]).unwrap();
            assert_eq!(opcoes.modo, modo);
            assert_eq!(nome_do_modo(modo), nome);
        }
    }

    #[test]
    fn cada_recusa_diz_o_que_fazer() {
        let comprido = format!("--nome={}", "a".repeat(97));
        for (argumentos, conselho) in [
            (&[][..], "falta a opção «--ip <IP>»"),
            (&["192.0.2.7"], "não sei o que fazer com «192.0.2.7»"),
            (&["--ip=0.0.0.0"], "Dê o IP do outro computador"),
            (&["--ip=224.0.0.1"], "Dê o IP de um só"),
            (
                &["--ip=127.0.0.1", "--porta=50007"],
                "--porta-local 50007 --porta 50008 em um",
            ),
            (&["--ip=a", "--porta=0"], "use um número de 1 a 65535"),
            (
                &["--ip=a", "--porta-local=65536"],
                "«65536»: use um número de 1 a 65535",
            ),
            (
                &["--ip=a", "--protocolo=sctp"],
                "use tcp, udp ou udp-confiavel",
            ),
            (&["--ip=a", &comprido], "use até 96 bytes (este tem 97"),
            (&["--ip=a", "--nome="], "--nome"),
            (&["--ip=a", "--nome= "], "escreva ao menos uma letra"),
            (
                &["--ip=a", "--nome=a\u{202e}b"],
                r"«a\u{202e}b»: tire os caracteres invisíveis",
            ),
            (&["--ip=a", "--espera=-1"], "--espera"),
            (&["--ip=a", "--espera=muito"], "de 0 a 86400"),
            (&["--ip=a", "--ip=b"], "só pode aparecer uma vez"),
            (&["--ip=a", "--tela"], "não conheço a opção «--tela»"),
        ] {
            let recusa = recusa(argumentos);
            assert!(recusa.contains(conselho), "{conselho:?} em {recusa:?}");
        }
    }

    #[test]
    fn a_ajuda_esta_em_portugues_e_cabe_no_terminal() {
        let erro = ler(&["--ajuda"]).unwrap_err();
        let ajuda = erro.downcast_ref::<ErroDeUso>().unwrap();
        assert!(ajuda.ajuda);
        let ajuda = ajuda.to_string();
        for parte in [
            "Uso: cargo chat --ip IP",
            "Dois computadores",
            "Dois chats neste computador",
            "--porta-local <PORTA>",
            "[padrão: 300]",
        ] {
            assert!(ajuda.contains(parte), "falta {parte:?} em:\n{ajuda}");
        }
        for ingles in ["Usage", "Options", "default", "possible", "Print"] {
            assert!(!ajuda.contains(ingles), "{ingles} em:\n{ajuda}");
        }
        for linha in ajuda.lines() {
            assert!(linha.chars().count() <= 80, "{linha}");
        }
    }
}
