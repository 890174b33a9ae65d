//! O capítulo que observa: a gravação de uma execução de quatro modos, e as capturas
//! que vão com o livro.
//!
//! `ATUALIZAR=1 cargo test -p provas --test observar` grava tudo de novo. Sem isso, a
//! execução se repete e se compara com a gravada, e o `tshark` confere que cada captura
//! contém o que o capítulo diz.

#[path = "observar/afirmacoes.rs"]
mod afirmacoes;
#[path = "observar/bancada.rs"]
mod bancada;
#[path = "observar/captura.rs"]
mod captura;
#[path = "observar/capturas.rs"]
mod capturas;
#[path = "observar/chamadas.rs"]
mod chamadas;
#[path = "observar/estados.rs"]
mod estados;
#[path = "observar/execucao.rs"]
mod execucao;
#[path = "observar/pacotes.rs"]
mod pacotes;

use std::collections::BTreeMap;
use std::env;
use std::fs;
#[cfg(target_os = "linux")]
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Mutex;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
#[cfg(target_os = "linux")]
use provas::Filho;
use provas::ferramentas::Ausente;
use provas::{Falha, exigir, medir, raiz, rede};

use crate::execucao::Acontecimento;
use crate::pacotes::{ACK, Quadro, SYN, Segmento, do_pcapng, em_pcapng};

/// O que a execução usa, além dos espaços de rede.
const DA_EXECUCAO: [&str; 6] = ["dumpcap", "gdb", "nsenter", "sh", "strace", "unshare"];

/// O que as capturas no loopback usam.
const DAS_CAPTURAS: [&str; 6] = ["dumpcap", "ip", "nsenter", "python3", "sh", "unshare"];

/// Quantas vezes se tenta repetir a execução. Um estado dura uns 40 ms, e quem o pergunta a
/// uma máquina ocupada com outras coisas pode não olhar a tempo; e um pacote que ela atrasa
/// demais se manda de novo.
const TENTATIVAS: usize = 5;

/// Quantas vezes se grava, à espera de uma em que se viu cada estado assim que começou.
const TENTATIVAS_DE_GRAVAR: usize = 40;

/// Quem grava quer o processador só para si.
static A_MAQUINA: Mutex<()> = Mutex::new(());

fn main() -> ExitCode {
    if let Some(fim) = estados::se_e_quem_olha() {
        return fim;
    }
    let argumentos = Arguments::from_args();
    let gravando = env::var_os("ATUALIZAR").is_some_and(|valor| valor == "1");
    let provas = if gravando {
        vec![Trial::test("gravar", || Ok(gravar()?))]
    } else {
        provas()
    };
    libtest_mimic::run(&argumentos, provas).exit_code()
}

fn provas() -> Vec<Trial> {
    let mut provas = vec![
        ferramenta("a_execucao_se_repete", &DA_EXECUCAO, a_execucao_se_repete),
        ferramenta(
            "cada_captura_contem_o_que_se_diz",
            &["tshark"],
            cada_captura_contem_o_que_se_diz,
        ),
        Trial::test("os_quatro_modos_concordam", || {
            Ok(os_quatro_modos_concordam()?)
        }),
        Trial::test("as_capturas_so_levam_pacotes", || {
            Ok(as_capturas_so_levam_pacotes()?)
        }),
        Trial::test("o_pcapng_vai_e_volta", || {
            o_pcapng_vai_e_volta();
            Ok(())
        }),
        #[cfg(target_os = "linux")]
        Trial::test("so_o_errado_deixa_sockets_abertos", || {
            Ok(so_o_errado_deixa_sockets_abertos()?)
        }),
        Trial::test("le_o_que_o_nucleo_responde", || {
            estados::le_o_que_o_nucleo_responde();
            Ok(())
        }),
        Trial::test("le_a_pilha", || {
            chamadas::le_a_pilha();
            Ok(())
        }),
        Trial::test("da_linha_so_o_que_interessa", || {
            da_linha_so_o_que_interessa();
            Ok(())
        }),
    ];
    provas.extend(capturas::RECEITAS.iter().map(|receita| {
        let nome = format!("a_captura_se_repete::{}", receita.nome);
        ferramenta(nome, &DAS_CAPTURAS, || a_captura_se_repete(receita))
    }));
    provas
}

/// Uma prova que só roda onde há estes comandos e espaços de rede.
fn ferramenta(
    nome: impl Into<String>,
    comandos: &'static [&'static str],
    prova: impl FnOnce() -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = possivel(comandos) {
            return ausente.concluir();
        }
        prova()?;
        Ok::<_, Failed>(Completion::Completed)
    })
}

fn possivel(comandos: &[&str]) -> Result<(), Ausente> {
    exigir(comandos)?;
    if comandos.contains(&"nsenter") {
        rede::ha_espacos()?;
    }
    if comandos.contains(&"strace") {
        medir::possivel()?;
    }
    Ok(())
}

/// Grava a execução e as capturas.
fn gravar() -> Result<(), Falha> {
    for comandos in [DA_EXECUCAO, DAS_CAPTURAS] {
        possivel(&comandos).map_err(|ausente| Falha::nova(ausente.to_string()))?;
    }
    let mut execucao = execucao::gravar()?;
    for _ in 0..TENTATIVAS_DE_GRAVAR {
        if execucao.nitida() {
            break;
        }
        execucao = execucao::gravar()?;
    }
    if !execucao.nitida() {
        return Err(Falha::nova(
            "a máquina está ocupada demais para se verem os estados mais curtos",
        ));
    }
    let mut outras: BTreeMap<&str, Vec<Quadro>> = BTreeMap::new();
    for receita in capturas::RECEITAS {
        outras.insert(receita.nome, capturas::gravar(receita)?);
    }
    let arquivo = execucao::arquivo();
    fs::write(&arquivo, execucao.em_toml()?)
        .map_err(|erro| Falha::nova(format!("{}: {erro}", arquivo.display())))?;
    capturas::guardar(&execucao, &outras)
}

/// Os dois programas do capítulo mostram a mesma coisa; o núcleo, não.
#[cfg(target_os = "linux")]
fn so_o_errado_deixa_sockets_abertos() -> Result<(), Falha> {
    for (nome, esperados) in [("observar_errado", 5), ("observar_certo", 0)] {
        let mut servidor = Filho::exemplo(nome, &["127.0.0.1:0"])?;
        let linha = servidor.esperar_linha_com("Atendi")?;
        servidor.esperar_trecho("Tecle Enter")?;
        let porta = linha
            .split(' ')
            .find_map(|palavra| palavra.trim_end_matches(':').parse::<SocketAddr>().ok())
            .map(|endereco| format!(":{:04X}", endereco.port()))
            .ok_or_else(|| servidor.falha("não disse o endereço"))?;
        let arquivo = format!("/proc/{}/net/tcp", servidor.pid());
        let texto = fs::read_to_string(&arquivo).map_err(|erro| Falha::nova(erro.to_string()))?;
        // O endereço local, o remoto e o estado: CLOSE_WAIT é o 8 (`proc_net(5)`).
        let em_close_wait = |linha: &&str| {
            let campos: Vec<&str> = linha.split_whitespace().collect();
            matches!(campos[..], [_, local, _, "08", ..] if local.ends_with(&porta))
        };
        let vistos = texto.lines().filter(em_close_wait).count();
        if vistos != esperados {
            return Err(servidor.falha(&format!("deixou {vistos} sockets em CLOSE-WAIT")));
        }
        servidor.escrever("\n");
        if servidor.esperar_fim()? != 0 {
            return Err(servidor.falha("acabou mal"));
        }
    }
    Ok(())
}

fn gravada() -> Result<Vec<Acontecimento>, Falha> {
    let arquivo = execucao::arquivo();
    let texto = fs::read_to_string(&arquivo)
        .map_err(|erro| Falha::nova(format!("{}: {erro}", arquivo.display())))?;
    Ok(execucao::ler(&texto))
}

/// Rodar agora dá as mesmas linhas, chamadas, estados e pacotes.
fn a_execucao_se_repete() -> Result<(), Falha> {
    let _sozinha = A_MAQUINA.lock();
    let antes = execucao::sequencia(&gravada()?);
    let mut diferencas = Vec::new();
    for tentativa in 1..=TENTATIVAS {
        let Err(diferenca) = repetir(&antes) else {
            return Ok(());
        };
        diferencas.push(format!("tentativa {tentativa}: {diferenca}"));
    }
    Err(Falha::nova(format!(
        "a execução não se repete; se o programa mudou, grave de novo\n{}",
        diferencas.join("\n")
    )))
}

/// Grava uma vez, e confere que os quatro modos concordam e que a sequência é `antes`.
fn repetir(antes: &[String]) -> Result<(), Falha> {
    let agora = execucao::ler(&execucao::gravar()?.em_toml()?);
    concordam(&agora)?;
    let agora = execucao::sequencia(&agora);
    if agora == antes {
        return Ok(());
    }
    Err(Falha::nova(format!(
        "gravado:\n{}\nagora:\n{}",
        antes.join("\n"),
        agora.join("\n")
    )))
}

/// O `tshark` ocupa um processador inteiro, e por isso também espera a vez.
fn cada_captura_contem_o_que_se_diz() -> Result<(), Falha> {
    let _sozinha = A_MAQUINA.lock();
    afirmacoes::conferir()
}

/// Rodar agora dá os mesmos pacotes, menos as confirmações.
fn a_captura_se_repete(receita: &capturas::Receita) -> Result<(), Falha> {
    let _sozinha = A_MAQUINA.lock();
    let agora = resumo(&capturas::gravar(receita)?);
    let antes = resumo(&quadros(receita.nome)?);
    if agora == antes {
        Ok(())
    } else {
        Err(Falha::nova(format!(
            "{}: gravado:\n{antes:#?}\nagora:\n{agora:#?}",
            receita.nome
        )))
    }
}

/// O que se repete em uma captura: de cada pacote, o que ele leva.
fn resumo(quadros: &[Quadro]) -> Vec<String> {
    let resumo = |quadro: &Quadro| match quadro.segmento() {
        Some(segmento) if segmento.so_confirma() => None,
        Some(segmento) => Some(format!(
            "{} «{}»",
            segmento.nomes(),
            sockets::visivel(&segmento.dados)
        )),
        // Um datagrama: o protocolo e quantos bytes.
        None => Some(format!("{:?} {}", quadro.ip().get(9), quadro.ip().len())),
    };
    quadros.iter().filter_map(resumo).collect()
}

fn quadros(nome: &str) -> Result<Vec<Quadro>, Falha> {
    let arquivo = capturas::arquivo(nome);
    let bytes =
        fs::read(&arquivo).map_err(|erro| Falha::nova(format!("{}: {erro}", arquivo.display())))?;
    do_pcapng(&bytes).ok_or_else(|| Falha::nova(format!("{nome}.pcapng leva mais do que pacotes")))
}

/// Na gravação do livro, cada modo conta a mesma história.
fn os_quatro_modos_concordam() -> Result<(), Falha> {
    concordam(&gravada()?)
}

/// Confere uma gravação: o que se manda chega, com a demora do caminho; o que se lê já
/// tinha chegado; e os estados mudam com os pacotes, e não antes.
fn concordam(acontecimentos: &[Acontecimento]) -> Result<(), Falha> {
    let meia_volta = f64::from(execucao::IDA_E_VOLTA) / 2.0;
    let da_especie = |especie: &'static str| {
        let desta = move |a: &&Acontecimento| a.especie == especie;
        acontecimentos.iter().filter(desta)
    };
    let dados = |outro_lado: &str| {
        let com_dados = da_especie("pacote").filter(|p| p.numero("bytes") > 0.0);
        let dele: Vec<_> = com_dados
            .filter(|p| p.texto("lado") != outro_lado)
            .collect();
        dele
    };
    let mut problemas = Vec::new();
    let mut exigir = |verdade: bool, frase: String| {
        if !verdade {
            problemas.push(frase);
        }
    };
    for pacote in da_especie("pacote") {
        let demora = pacote.numero("ate") - pacote.numero("de");
        exigir(
            demora >= meia_volta,
            format!("um pacote chegou em {demora} ms: {:?}", pacote.campos),
        );
    }
    let mut leituras = 0;
    for leitura in da_especie("chamada").filter(|c| c.texto("nome") == "recvfrom") {
        let lidos = leitura.numero("resultado");
        let chegada = dados(leitura.texto("lado")).into_iter().find(|pacote| {
            (pacote.numero("bytes") - lidos).abs() < 0.5
                && pacote.numero("ate") <= leitura.numero("ate")
        });
        leituras += 1;
        exigir(
            lidos == 0.0 || chegada.is_some(),
            format!("leu-se o que não chegou: {:?}", leitura.campos),
        );
    }
    exigir(leituras > 0, "ninguém leu nada".into());
    for pacote in da_especie("pacote").filter(|p| p.numero("bytes") > 0.0) {
        let envio = da_especie("chamada").find(|chamada| {
            chamada.texto("nome") == "sendto"
                && chamada.lado() == pacote.lado()
                && chamada.numero("de") <= pacote.numero("de")
        });
        exigir(
            envio.is_some(),
            format!("saiu o que ninguém mandou: {:?}", pacote.campos),
        );
    }
    let quando = |lado: &str, estado: &str| {
        let achado =
            da_especie("estado").find(|e| e.texto("lado") == lado && e.texto("estado") == estado);
        achado.map_or(f64::NAN, |e| e.numero("de"))
    };
    let primeiro = |lado: &str, marcas: &str, campo: &str| {
        let achado =
            da_especie("pacote").find(|p| p.texto("lado") == lado && p.texto("marcas") == marcas);
        achado.map_or(f64::NAN, |p| p.numero(campo))
    };
    for (estado, antes) in [
        (
            quando("servidor", "SYN-RECEIVED"),
            primeiro("cliente", "SYN", "ate"),
        ),
        (
            quando("cliente", "ESTABLISHED"),
            primeiro("servidor", "SYN, ACK", "ate"),
        ),
        (
            quando("servidor", "LAST-ACK"),
            primeiro("cliente", "FIN, ACK", "ate"),
        ),
        (
            quando("cliente", "TIME-WAIT"),
            primeiro("servidor", "FIN, ACK", "ate"),
        ),
    ] {
        // Uma comparação com o que não se viu é falsa.
        exigir(
            estado >= antes,
            format!("um estado mudou em {estado} ms, e o pacote chegou em {antes} ms"),
        );
    }
    if problemas.is_empty() {
        Ok(())
    } else {
        Err(Falha::nova(problemas.join("\n")))
    }
}

/// Nada além de pacotes com os endereços que o livro usa.
fn as_capturas_so_levam_pacotes() -> Result<(), Falha> {
    let pasta = raiz().join("book/dados/capturas");
    let entradas = fs::read_dir(&pasta).map_err(|erro| Falha::nova(erro.to_string()))?;
    let mut quantas = 0;
    for entrada in entradas.flatten() {
        let nome = entrada.file_name().to_string_lossy().into_owned();
        let nome = nome.strip_suffix(".pcapng").unwrap_or(&nome);
        for quadro in quadros(nome)? {
            let enderecos = quadro.ip().get(12..20).unwrap_or_default();
            let do_livro = enderecos
                .chunks(4)
                .all(|ip| matches!(ip, [127, 0, 0, 1] | [10, 0, 0, 1 | 2]));
            if enderecos.is_empty() || !do_livro {
                return Err(Falha::nova(format!("{nome}: {quadro:?}")));
            }
        }
        quantas += 1;
    }
    let esperadas = capturas::RECEITAS.len() + 2;
    if quantas == esperadas {
        Ok(())
    } else {
        Err(Falha::nova(format!(
            "há {quantas} capturas, e não {esperadas}"
        )))
    }
}

fn o_pcapng_vai_e_volta() {
    let quadros: Vec<Quadro> = (0..4)
        .map(|i| Quadro {
            instante: u64::MAX / 3 * i,
            bytes: vec![7; usize::try_from(i).unwrap_or(0)],
        })
        .collect();
    let arquivo = em_pcapng(&quadros);
    assert_eq!(do_pcapng(&arquivo), Some(quadros));
    assert_eq!(arquivo.len() % 4, 0);
    // Cortado entre dois blocos ainda é um pcapng, com menos pacotes; no meio de um, não.
    let inteiros = (1..arquivo.len()).filter(|corte| do_pcapng(&arquivo[..*corte]).is_some());
    assert_eq!(inteiros.count(), 4);
    // Uma opção a mais, como um comentário, não passa.
    let mut comentado = em_pcapng(&[]);
    comentado[28 + 16] = 1;
    assert_eq!(do_pcapng(&comentado), None);
    let nada = Segmento {
        origem: 1,
        marcas: SYN | ACK,
        dados: Vec::new(),
    };
    assert_eq!(nada.nomes(), "SYN, ACK");
}

fn da_linha_so_o_que_interessa() {
    for (linha, trecho) in [
        ("    let mut chegada = escuta.accept();", "escuta.accept()"),
        ("match conexao.read(buffer) {", "conexao.read(buffer)"),
        (
            "conexao.write_all(&mensagem).map_err(explicar)?;",
            "conexao.write_all(&mensagem)",
        ),
        (
            "let escuta = TcpListener::bind(endereco)",
            "TcpListener::bind(endereco)",
        ),
        (
            "let ha = a.x().ok() != b.y().ok();",
            "a.x().ok() != b.y().ok()",
        ),
        ("}", "}"),
    ] {
        assert_eq!(execucao::trecho(linha), trecho);
    }
}
