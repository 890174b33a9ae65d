//! Os programas do livro conversam com pares em Python, nos dois sentidos.
//!
//! O protocolo é o mesmo byte a byte: trocar de linguagem de um dos lados não
//! muda o que se vê em nenhum dos terminais. Sem `python3` as provas são
//! ignoradas, com o motivo; com `EXIGIR_TUDO=1`, falham.

use std::process::Command;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::{Falha, Filho, exigir, raiz};
use regex::Regex;

const PERGUNTA: &str = "Digite algo para o servidor (ou 'off' para desconectar): ";

/// Cada mensagem e a resposta que o protocolo manda dar.
const CONVERSA: &[(&str, &str)] = &[
    ("oi", "Mensagem recebida."),
    ("atenção: ção 🙂", "Mensagem recebida."),
    (" off ", "Mensagem recebida."),
    ("OfF", "Servidor encerrado."),
];

/// Um programa, na linguagem em que ele existe.
#[derive(Clone, Copy)]
enum Programa {
    Rust(&'static str),
    Python(&'static str),
}

impl Programa {
    fn abrir(self, endereco: &str) -> Result<Filho, Falha> {
        match self {
            Self::Rust(nome) => Filho::exemplo(nome, &[endereco]),
            Self::Python(nome) => {
                let mut comando = Command::new("python3");
                comando
                    .arg(raiz().join("tests/pares").join(nome))
                    .arg(endereco);
                Filho::rodar(nome, comando)
            }
        }
    }

    /// A linha que este servidor mostra por mensagem, com `CLIENTE` no lugar do
    /// endereço de quem a mandou.
    fn recebido(self, mensagem: &str) -> String {
        match self {
            Self::Rust("servidor_udp") => {
                let tamanho = mensagem.len();
                format!("Recebido de CLIENTE: \"{mensagem}\" ({tamanho} B)")
            }
            Self::Python("servidor_udp.py") => format!("Recebido de CLIENTE: {mensagem}"),
            _ => format!("Recebido: {mensagem}"),
        }
    }
}

fn main() {
    use Programa::{Python, Rust};

    let pares = [
        (
            "tcp_python_com_python",
            Python("servidor.py"),
            Python("cliente.py"),
        ),
        (
            "tcp_servidor_rust_cliente_python",
            Rust("servidor"),
            Python("cliente.py"),
        ),
        (
            "tcp_servidor_python_cliente_rust",
            Python("servidor.py"),
            Rust("cliente"),
        ),
        (
            "udp_servidor_rust_cliente_python",
            Rust("servidor_udp"),
            Python("cliente_udp.py"),
        ),
        (
            "udp_servidor_python_cliente_rust",
            Python("servidor_udp.py"),
            Rust("cliente_udp"),
        ),
    ];
    let sem_off = [
        (
            "tcp_fim_da_entrada_do_cliente_python",
            Rust("servidor"),
            Python("cliente.py"),
        ),
        (
            "tcp_fim_da_entrada_do_cliente_rust",
            Python("servidor.py"),
            Rust("cliente"),
        ),
    ];
    let conversas =
        pares.map(|(nome, servidor, cliente)| prova(nome, move || conversar(servidor, cliente)));
    let fins = sem_off
        .map(|(nome, servidor, cliente)| prova(nome, move || fim_da_entrada(servidor, cliente)));
    let provas = conversas.into_iter().chain(fins).collect();
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

fn prova(nome: &str, roda: impl FnOnce() -> Result<(), Falha> + Send + 'static) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = exigir(&["python3"]) {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// A conversa inteira: o que cada terminal mostra, e os dois códigos de saída.
fn conversar(programa: Programa, cliente: Programa) -> Result<(), Falha> {
    let mut servidor = programa.abrir("127.0.0.1:0")?;
    let endereco = servidor.esperar_endereco()?;
    let mut cliente = cliente.abrir(&endereco.to_string())?;
    for (mensagem, resposta) in CONVERSA {
        cliente.esperar_trecho(PERGUNTA)?;
        cliente.escrever(format!("{mensagem}\n"));
        let linha = servidor.esperar_linha_com("Recebido")?;
        let esperada = programa.recebido(mensagem);
        if sem_porta_do_cliente(&linha)? != esperada {
            return Err(servidor.falha(&format!("não mostrou {esperada:?}")));
        }
        let linha = cliente.esperar_linha()?;
        if linha != format!("Resposta do servidor: {resposta}") {
            return Err(cliente.falha(&format!("não mostrou {resposta:?}")));
        }
    }
    acabou_bem(&mut cliente)?;
    acabou_bem(&mut servidor)
}

/// `linha` com `CLIENTE` no lugar de `127.0.0.1` e da porta que o sistema deu.
fn sem_porta_do_cliente(linha: &str) -> Result<String, Falha> {
    let cliente = Regex::new(r"^Recebido de 127\.0\.0\.1:[1-9][0-9]{0,4}: ")
        .map_err(|erro| Falha::nova(erro.to_string()))?;
    Ok(cliente.replace(linha, "Recebido de CLIENTE: ").into_owned())
}

/// O cliente fica sem o que dizer e desliga: os dois acabam em ordem.
fn fim_da_entrada(programa: Programa, cliente: Programa) -> Result<(), Falha> {
    let mut servidor = programa.abrir("127.0.0.1:0")?;
    let endereco = servidor.esperar_endereco()?;
    let mut cliente = cliente.abrir(&endereco.to_string())?;
    cliente.escrever("oi\n");
    cliente.fechar_entrada();
    let linha = servidor.esperar_linha_com("Recebido")?;
    if linha != programa.recebido("oi") {
        return Err(servidor.falha("não mostrou só o oi"));
    }
    acabou_bem(&mut cliente)?;
    acabou_bem(&mut servidor)
}

fn acabou_bem(programa: &mut Filho) -> Result<(), Falha> {
    match programa.esperar_fim()? {
        0 => Ok(()),
        codigo => Err(programa.falha(&format!("acabou com o código {codigo}"))),
    }
}
