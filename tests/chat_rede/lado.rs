//! Ana e Bia: cada uma no seu computador, com o mesmo comando, e o que cada uma viu.

use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use cena::Teclado;
use provas::rede::Host;
use provas::{Falha, Filho, Rede, exemplo};
use regex::Regex;

/// Quanto se espera por qualquer coisa em uma rede boa, ou quase.
pub const PRAZO: Duration = Duration::from_secs(60);

/// O modo da conversa, como se escreve na linha de comando.
pub type Modo = &'static str;

pub const MODOS: [Modo; 3] = ["tcp", "udp", "udp-confiavel"];

/// O comando de quem conversa com `ip`: o do livro, sem portas.
pub fn comando(ip: &str, modo: Modo, nome: &str, mais: &[&str]) -> Result<Command, Falha> {
    let mut comando = Command::new(exemplo("chat")?);
    comando
        .args(["--ip", ip, "--protocolo", modo, "--nome", nome])
        .args(mais);
    Ok(comando)
}

/// Abre o chat de `nome` em `host`, para conversar com `ip`.
pub fn abrir(
    host: &Host,
    ip: &str,
    modo: Modo,
    nome: &str,
    teclado: Teclado,
) -> Result<Filho, Falha> {
    let chat = host.rodar(nome, &comando(ip, modo, nome, &[])?, teclado)?;
    Ok(chat.com_prazo(PRAZO))
}

/// Ana no primeiro computador e Bia no segundo, abertas sem esperar uma pela outra.
pub fn abrir_as_duas(rede: &Rede, modo: Modo, teclado: Teclado) -> Result<[Filho; 2], Falha> {
    let [um, outro] = &rede.hosts;
    Ok([
        abrir(um, &outro.endereco().to_string(), modo, "Ana", teclado)?,
        abrir(outro, &um.endereco().to_string(), modo, "Bia", teclado)?,
    ])
}

/// Espera que a conversa com `quem` comece, e confere o endereço que se mostra. Em TCP
/// quem ligou pode ter uma porta efêmera.
pub fn conectou(chat: &mut Filho, quem: &str, ip: IpAddr) -> Result<(), Falha> {
    let linha = chat.esperar_linha_com(&format!("conectado com {quem}, em "))?;
    let ip = match ip {
        IpAddr::V4(ip) => format!("em {ip}:"),
        IpAddr::V6(ip) => format!("em [{ip}%"),
    };
    if linha.contains(&ip) {
        return Ok(());
    }
    Err(chat.falha(&format!("o endereço de {quem} não começa por {ip:?}")))
}

/// `quantas` linhas diferentes de `quem`, de vários tamanhos: 180 bytes, em média.
pub fn linhas(quem: &str, quantas: usize) -> Vec<String> {
    (0..quantas)
        .map(|n| format!("linha {n} de {quem}: ç ☕ {}", "x".repeat(n % 307)))
        .collect()
}

/// As linhas, cada uma com o seu fim, prontas para a entrada de um chat.
pub fn entrada(linhas: &[String]) -> String {
    linhas
        .iter()
        .flat_map(|linha| [linha.as_str(), "\n"])
        .collect()
}

/// O que o chat mostrou que `quem` disse, byte a byte e na ordem.
pub fn ditas(chat: &Filho, quem: &str) -> Vec<String> {
    let comeco = Regex::new(&format!(r"^\[\d\d:\d\d:\d\d\] {quem}: ")).expect("é constante");
    let tudo = chat.tudo();
    tudo.lines()
        .filter_map(|linha| {
            let achado = comeco.find(linha)?;
            Some(linha[achado.end()..].to_string())
        })
        .collect()
}

/// O chat mostrou de `quem` estas linhas, cada uma uma vez, nesta ordem, e nada mais.
pub fn conferir(chat: &Filho, quem: &str, linhas: &[String]) -> Result<(), Falha> {
    let vistas = ditas(chat, quem);
    if vistas == linhas {
        return Ok(());
    }
    let diferente = vistas.iter().zip(linhas).position(|(a, b)| a != b);
    let onde = diferente.unwrap_or(vistas.len().min(linhas.len()));
    Err(chat.falha(&format!(
        "mostrou {} de {} linhas de {quem}; a primeira diferente é a {onde}: {:?} em vez de {:?}",
        vistas.len(),
        linhas.len(),
        vistas.get(onde),
        linhas.get(onde),
    )))
}

/// O chat acaba, no prazo, com o código 0.
pub fn acabou_bem(chat: &mut Filho, prazo: Duration) -> Result<(), Falha> {
    match chat.esperar_fim_em(prazo)? {
        0 => Ok(()),
        codigo => Err(chat.falha(&format!("acabou com o código {codigo}"))),
    }
}

/// Falha com esta mensagem, e com o que os dois chats mostraram, se `certo` é falso.
pub fn exigir(certo: bool, chats: &[Filho; 2], mensagem: &str) -> Result<(), Falha> {
    if certo {
        return Ok(());
    }
    let [ana, bia] = chats;
    Err(Falha::nova(format!(
        "{}\n{}",
        ana.falha(mensagem),
        bia.falha("")
    )))
}
