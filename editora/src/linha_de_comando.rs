//! O que se pede à editora, e as recusas em português.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};

use crate::pdf;

const MODELO_DE_AJUDA: &str = "\
{about}

Uso: {usage}

Comandos:
{subcommands}

Opções:
{options}
";

/// A ajuda de um comando.
pub const MODELO_DE_AJUDA_DO_COMANDO: &str = "\
{about}

Uso: {usage}

Opções:
{options}
";

/// Onde `servir` escuta, se não se diz: só este computador chega ali.
const ENDERECO_PADRAO: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000);

const MODELO_DE_AJUDA_DOS_ARGUMENTOS: &str = "\
{about}

Uso: {usage}

Argumentos:
{positionals}

Opções:
{options}
";

/// Um pedido atendível.
#[derive(Debug, PartialEq, Eq)]
pub enum Pedido {
    /// Montar e conferir o livro.
    Montar {
        /// A pasta do livro montado; sem ela, `target/livro`.
        destino: Option<PathBuf>,
        /// Se o livro deve ser aberto no navegador.
        abrir: bool,
    },
    /// Começar um capítulo.
    Novo {
        /// A parte e o nome: `armadilhas/pressa`.
        capitulo: String,
        /// O título, como o leitor o vê.
        titulo: String,
    },
    /// Dizer o quanto as páginas são fáceis de ler.
    Legibilidade {
        /// Só esta, com as frases que mais pesam.
        pagina: Option<String>,
    },
    /// Listar os endereços de fora.
    LigacoesExternas {
        /// Se cada um deve ser visitado.
        conferir: bool,
    },
    /// Montar o EPUB.
    Epub {
        /// O arquivo; sem ele, `target/sockets.epub`.
        destino: Option<PathBuf>,
    },
    /// Servir o livro na rede.
    Servir {
        /// Onde escutar.
        endereco: SocketAddr,
        /// Se a página se recarrega também em outros computadores.
        ao_vivo: bool,
    },
    /// Imprimir o livro em um PDF.
    Pdf(pdf::Pedido),
}

/// Por que não há um pedido a atender.
#[derive(Debug, PartialEq, Eq)]
pub enum Recusa {
    /// A pessoa pediu a ajuda, que é este texto.
    Ajuda(String),
    /// O pedido não se entende; o texto diz por quê.
    Erro(String),
}

/// Lê os argumentos do processo, o nome do programa primeiro.
///
/// # Errors
/// A [`Recusa`], pronta para ser mostrada.
pub fn ler(argumentos: impl IntoIterator<Item = OsString>) -> Result<Pedido, Recusa> {
    let escolhas = comando()
        .try_get_matches_from(argumentos)
        .map_err(|erro| recusar(&erro))?;
    Ok(match escolhas.subcommand() {
        Some(("construir", opcoes)) => Pedido::Montar {
            destino: opcoes.get_one::<PathBuf>("destino").cloned(),
            abrir: false,
        },
        Some(("novo", opcoes)) => novo(opcoes)?,
        Some(("legibilidade", opcoes)) => Pedido::Legibilidade {
            pagina: opcoes.get_one::<String>("pagina").cloned(),
        },
        Some(("pdf", opcoes)) => Pedido::Pdf(pdf::Pedido::ler(opcoes)),
        Some(("ligacoes-externas", opcoes)) => Pedido::LigacoesExternas {
            conferir: opcoes.get_flag("conferir"),
        },
        Some(("epub", opcoes)) => Pedido::Epub {
            destino: opcoes.get_one::<PathBuf>("destino").cloned(),
        },
        Some(("servir", opcoes)) => Pedido::Servir {
            endereco: opcoes
                .get_one::<SocketAddr>("endereco")
                .copied()
                .unwrap_or(ENDERECO_PADRAO),
            ao_vivo: opcoes.get_flag("ao-vivo"),
        },
        Some((_, opcoes)) => abrir(opcoes),
        None => abrir(&escolhas),
    })
}

fn novo(opcoes: &ArgMatches) -> Result<Pedido, Recusa> {
    let texto = |nome| opcoes.get_one::<String>(nome).cloned();
    match (texto("capitulo"), texto("titulo")) {
        (Some(capitulo), Some(titulo)) => Ok(Pedido::Novo { capitulo, titulo }),
        _ => Err(Recusa::Erro(
            "faltam o capítulo e o título dele, entre aspas: cargo run -- novo armadilhas/pressa \
             \"Pressa: por que esperar?\""
                .into(),
        )),
    }
}

fn abrir(opcoes: &ArgMatches) -> Pedido {
    Pedido::Montar {
        destino: None,
        abrir: !opcoes.get_flag("sem-abrir"),
    }
}

fn comando() -> Command {
    let sem_abrir = Arg::new("sem-abrir")
        .long("sem-abrir")
        .action(ArgAction::SetTrue)
        .help("Monta o livro e não abre o navegador");
    let destino = Arg::new("destino")
        .long("destino")
        .value_name("PASTA")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::DirPath)
        .help("Onde pôr o livro montado [padrão: target/livro]");
    sockets::recusas::comando(
        "editora",
        "cargo run -- [COMANDO] [OPÇÕES]",
        MODELO_DE_AJUDA,
    )
    .about("Monta, confere e abre o livro de sockets. Sem comando, faz o mesmo que «abrir».")
    .args_conflicts_with_subcommands(true)
    .arg(sem_abrir.clone())
    .subcommand(
        sockets::recusas::comando(
            "abrir",
            "cargo run -- abrir [--sem-abrir]",
            MODELO_DE_AJUDA_DO_COMANDO,
        )
        .about("Monta o livro em target/livro e o abre no navegador")
        .arg(sem_abrir),
    )
    .subcommand(
        sockets::recusas::comando(
            "construir",
            "cargo run -- construir [--destino PASTA]",
            MODELO_DE_AJUDA_DO_COMANDO,
        )
        .about("Monta e confere o livro, sem abrir nada")
        .arg(destino),
    )
    .subcommand(pdf::Pedido::comando())
    .subcommand(comecar())
    .subcommand(legibilidade())
    .subcommand(ligacoes_externas())
    .subcommand(epub())
    .subcommand(servir())
}

fn comecar() -> Command {
    let capitulo = Arg::new("capitulo")
        .value_name("PARTE/NOME")
        .help("A pasta e o nome do capítulo: armadilhas/pressa");
    let titulo = Arg::new("titulo")
        .value_name("TÍTULO")
        .help("O título, entre aspas: \"Pressa: por que esperar?\"");
    sockets::recusas::comando(
        "novo",
        "cargo run -- novo PARTE/NOME \"TÍTULO\"",
        MODELO_DE_AJUDA_DOS_ARGUMENTOS,
    )
    .about("Começa um capítulo: página, programa, cena, figura, perguntas e sumário")
    .arg(capitulo)
    .arg(titulo)
}

fn legibilidade() -> Command {
    let pagina = Arg::new("pagina")
        .value_name("PÁGINA")
        .help("Só esta, com as frases que mais pesam: chamadas/bind.md");
    sockets::recusas::comando(
        "legibilidade",
        "cargo run -- legibilidade [PÁGINA]",
        MODELO_DE_AJUDA_DOS_ARGUMENTOS,
    )
    .about("Diz o quanto cada página é fácil de ler")
    .arg(pagina)
}

fn ligacoes_externas() -> Command {
    let conferir = Arg::new("conferir")
        .long("conferir")
        .action(ArgAction::SetTrue)
        .help("Visita cada um, com o curl, e diz o que respondeu");
    sockets::recusas::comando(
        "ligacoes-externas",
        "cargo run -- ligacoes-externas [--conferir]",
        MODELO_DE_AJUDA_DO_COMANDO,
    )
    .about("Lista os endereços de fora que o livro e a casa citam, e onde")
    .arg(conferir)
}

fn epub() -> Command {
    let destino = Arg::new("destino")
        .long("destino")
        .value_name("ARQUIVO")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("Onde pôr o EPUB [padrão: target/sockets.epub]");
    sockets::recusas::comando(
        "epub",
        "cargo run -- epub [--destino ARQUIVO]",
        MODELO_DE_AJUDA_DO_COMANDO,
    )
    .about("Monta o livro em um arquivo EPUB, para o celular e o leitor digital")
    .arg(destino)
}

fn servir() -> Command {
    let endereco = |texto: &str| {
        texto.parse::<SocketAddr>().map_err(
            |_| "use IP:PORTA, como 127.0.0.1:8000 (só este computador) ou 0.0.0.0:8000 (a rede)",
        )
    };
    sockets::recusas::comando(
        "servir",
        "cargo servir [--endereco IP:PORTA] [--ao-vivo]",
        MODELO_DE_AJUDA_DO_COMANDO,
    )
    .about("Serve o livro a quem está na rede, e o remonta quando ele muda")
    .arg(
        Arg::new("endereco")
            .long("endereco")
            .value_name("IP:PORTA")
            .value_parser(endereco)
            .help("Onde escutar; 0.0.0.0:8000 abre para a rede [padrão: 127.0.0.1:8000]"),
    )
    .arg(
        Arg::new("ao-vivo")
            .long("ao-vivo")
            .action(ArgAction::SetTrue)
            .help("Recarrega a página também nos outros computadores, e não só neste"),
    )
}

fn recusar(erro: &clap::Error) -> Recusa {
    let erro = sockets::recusas::recusar(
        erro,
        "Veja os comandos e as opções com: cargo run -- --ajuda",
    );
    if erro.ajuda {
        Recusa::Ajuda(erro.to_string())
    } else {
        Recusa::Erro(erro.to_string())
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn pedir(argumentos: &[&str]) -> Result<Pedido, Recusa> {
        ler(std::iter::once("editora")
            .chain(argumentos.iter().copied())
            .map(OsString::from))
    }

    fn erro(argumentos: &[&str]) -> String {
        match pedir(argumentos) {
            Err(Recusa::Erro(texto)) => texto,
            outro => panic!("{argumentos:?}: {outro:?}"),
        }
    }

    #[test]
    fn a_definicao_dos_comandos_e_coerente() {
        comando().debug_assert();
    }

    #[test]
    fn sem_comando_e_abrir() {
        assert_eq!(pedir(&[]), pedir(&["abrir"]));
        assert_eq!(
            pedir(&["--sem-abrir"]),
            Ok(Pedido::Montar {
                destino: None,
                abrir: false
            })
        );
        assert_eq!(pedir(&["abrir", "--sem-abrir"]), pedir(&["--sem-abrir"]));
    }

    #[test]
    fn construir_nao_abre_e_aceita_destino() {
        let pedido = pedir(&["construir", "--destino", "x"]).unwrap();
        assert_eq!(
            pedido,
            Pedido::Montar {
                destino: Some("x".into()),
                abrir: false
            }
        );
    }

    #[test]
    fn a_legibilidade_e_de_uma_pagina_ou_de_todas() {
        let de = |pagina: Option<&str>| {
            Ok(Pedido::Legibilidade {
                pagina: pagina.map(String::from),
            })
        };
        assert_eq!(pedir(&["legibilidade"]), de(None));
        assert_eq!(pedir(&["legibilidade", "bind.md"]), de(Some("bind.md")));
    }

    #[test]
    fn as_ligacoes_externas_so_se_conferem_a_pedido() {
        let conferir = |conferir| Ok(Pedido::LigacoesExternas { conferir });
        assert_eq!(pedir(&["ligacoes-externas"]), conferir(false));
        assert_eq!(pedir(&["ligacoes-externas", "--conferir"]), conferir(true));
    }

    #[test]
    fn epub_e_servir_tem_os_seus_destinos() {
        assert_eq!(pedir(&["epub"]), Ok(Pedido::Epub { destino: None }));
        let destino = Some("x.epub".into());
        assert_eq!(
            pedir(&["epub", "--destino", "x.epub"]),
            Ok(Pedido::Epub { destino })
        );
        let padrao = Pedido::Servir {
            endereco: "127.0.0.1:8000".parse().unwrap(),
            ao_vivo: false,
        };
        assert_eq!(pedir(&["servir"]), Ok(padrao));
        let aberto = Pedido::Servir {
            endereco: "[::]:0".parse().unwrap(),
            ao_vivo: true,
        };
        let argumentos = ["servir", "--endereco", "[::]:0", "--ao-vivo"];
        assert_eq!(pedir(&argumentos), Ok(aberto));
    }

    #[test]
    fn um_capitulo_novo_tem_lugar_e_titulo() {
        assert_eq!(
            pedir(&["novo", "armadilhas/pressa", "Pressa"]),
            Ok(Pedido::Novo {
                capitulo: "armadilhas/pressa".into(),
                titulo: "Pressa".into()
            })
        );
        for faltam in [&["novo"][..], &["novo", "armadilhas/pressa"]] {
            assert!(erro(faltam).contains("faltam o capítulo e o título"));
        }
        assert!(erro(&["novo", "a/b", "Sem", "aspas"]).contains("«aspas»"));
    }

    #[test]
    fn a_ajuda_esta_toda_em_portugues() {
        for argumentos in [
            vec!["--ajuda"],
            vec!["-h"],
            vec!["--help"],
            vec!["construir", "--ajuda"],
            vec!["epub", "--ajuda"],
            vec!["legibilidade", "--ajuda"],
            vec!["ligacoes-externas", "--ajuda"],
            vec!["novo", "--ajuda"],
            vec!["pdf", "--ajuda"],
            vec!["servir", "--ajuda"],
        ] {
            let Err(Recusa::Ajuda(texto)) = pedir(&argumentos) else {
                panic!("{argumentos:?}")
            };
            assert!(texto.contains("Uso: cargo "), "{texto}");
            for ingles in ["Usage", "Options", "Commands", "Print", "help ", "OPTIONS"] {
                assert!(!texto.contains(ingles), "{ingles} em:\n{texto}");
            }
        }
    }

    #[test]
    fn a_ajuda_de_um_comando_explica_cada_argumento_dele() {
        for comando in comando().get_subcommands() {
            let Err(Recusa::Ajuda(texto)) = pedir(&[comando.get_name(), "--ajuda"]) else {
                panic!("{comando}")
            };
            for argumento in comando.get_arguments() {
                let ajuda = argumento.get_help().unwrap().to_string();
                assert!(texto.contains(&ajuda), "falta «{ajuda}» em:\n{texto}");
            }
        }
    }

    #[test]
    fn cada_engano_tem_a_sua_frase() {
        assert!(erro(&["publicar"]).contains("não conheço o comando «publicar»"));
        assert!(erro(&["--abre"]).contains("não conheço a opção «--abre»"));
        assert!(erro(&["abrir", "agora"]).contains("«agora»"));
        assert!(
            erro(&["construir", "--destino"])
                .contains("falta o valor da opção «--destino <PASTA>»")
        );
        assert!(erro(&["construir", "--destino="]).contains("--destino"));
        assert!(erro(&["servir", "--endereco", "casa"]).contains("use IP:PORTA"));
        assert!(erro(&["abrir", "--sem-abrir=sim"]).contains("não leva valor"));
        assert!(erro(&["abrir", "--sem-abrir", "--sem-abrir"]).contains("uma vez"));
        assert!(erro(&["--sem-abrir", "construir"]).contains("depois do comando"));
    }
}
