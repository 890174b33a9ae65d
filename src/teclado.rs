//! O que a pessoa digita: um Enter, ou uma linha de tamanho limitado.

use std::io::{self, BufRead, Read, Write};

use anyhow::{Context, Result};

use crate::programa::ErroDeSaida;

const ENTRADA_ILEGIVEL: &str = "não foi possível ler o que foi digitado";

/// Mostra `Tecle Enter para {para_que}.` e espera o Enter ou o fim da entrada.
///
/// # Errors
/// Quando o sistema não deixa ler a entrada.
pub fn esperar_enter(para_que: &str) -> Result<()> {
    println!("Tecle Enter para {para_que}.");
    let mut entrada = io::stdin().lock();
    entrada.skip_until(b'\n').context(ENTRADA_ILEGIVEL)?;
    Ok(())
}

/// Mostra `pergunta` e devolve a linha digitada, sem o `\n` ou `\r\n` do fim;
/// `None` quando a entrada acaba.
///
/// A linha pode ser vazia e não precisa ser UTF-8. Uma que passe de `maximo`
/// bytes não é guardada: a pessoa lê que é grande demais, e a pergunta volta.
///
/// # Errors
/// Quando o sistema não deixa ler a entrada, ou quando ninguém lê a saída. Neste
/// caso [`executar`](crate::executar) acaba em silêncio: não há a quem contar.
pub fn perguntar(pergunta: &str, maximo: usize) -> Result<Option<Vec<u8>>> {
    let (entrada, saida) = (io::stdin().lock(), io::stdout().lock());
    perguntar_em(entrada, saida, pergunta, maximo)
}

fn perguntar_em(
    mut entrada: impl BufRead,
    mut saida: impl Write,
    pergunta: &str,
    maximo: usize,
) -> Result<Option<Vec<u8>>> {
    let mut mostrar = |texto: &str| {
        let escrito = saida.write_all(texto.as_bytes());
        escrito
            .and_then(|()| saida.flush())
            .map_err(ErroDeSaida::from)
    };
    loop {
        mostrar(pergunta)?;
        match ler_linha(&mut entrada, maximo).context(ENTRADA_ILEGIVEL)? {
            Linha::Inteira(linha) => return Ok(Some(linha)),
            Linha::GrandeDemais => {
                mostrar(&format!(
                    "Mensagem grande demais: até {maximo} bytes.\n"
                ))?;
            }
            Linha::Nenhuma => {
                // O Enter que ninguém deu: o terminal segue em outra linha.
                mostrar("\n")?;
                return Ok(None);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Linha {
    Inteira(Vec<u8>),
    GrandeDemais,
    Nenhuma,
}

fn ler_linha(entrada: &mut impl BufRead, maximo: usize) -> io::Result<Linha> {
    let mut linha = ler_comeco(entrada, maximo)?;
    if linha.is_empty() {
        return Ok(Linha::Nenhuma);
    }
    if linha.ends_with(b"\n") {
        linha.pop();
    } else if linha.len() > maximo {
        // O resto passa sem ser guardado.
        entrada.skip_until(b'\n')?;
    }
    if linha.ends_with(b"\r") {
        linha.pop();
    }
    if linha.len() > maximo {
        return Ok(Linha::GrandeDemais);
    }
    Ok(Linha::Inteira(linha))
}

/// A linha com a sua quebra, que pode ter dois bytes, ou só o começo dela.
fn ler_comeco(
    entrada: &mut impl BufRead,
    maximo: usize,
) -> io::Result<Vec<u8>> {
    let mut linha = Vec::new();
    let teto = maximo.saturating_add(2) as u64;
    entrada.take(teto).read_until(b'\n', &mut linha)?;
    Ok(linha)
}

#[cfg(test)]
mod testes {
    use super::*;

    /// O que a conversa mostrou e as respostas que ela deu, até a entrada acabar.
    fn conversa(mut entrada: &[u8], maximo: usize) -> (String, Vec<Vec<u8>>) {
        let mut tela = Vec::new();
        let mut respostas = Vec::new();
        while let Some(linha) =
            perguntar_em(&mut entrada, &mut tela, "? ", maximo).unwrap()
        {
            respostas.push(linha);
        }
        (String::from_utf8(tela).unwrap(), respostas)
    }

    fn respostas(entrada: &[u8], maximo: usize) -> Vec<Vec<u8>> {
        conversa(entrada, maximo).1
    }

    #[test]
    fn uma_pergunta_por_linha_e_uma_quebra_no_fim_da_entrada() {
        let (tela, respostas) = conversa(b"oi\nfim\n", 10);
        assert_eq!(respostas, [b"oi".to_vec(), b"fim".to_vec()]);
        assert_eq!(tela, "? ? ? \n");
    }

    #[test]
    fn a_ultima_linha_vale_mesmo_sem_quebra() {
        assert_eq!(
            respostas(b"oi\nfim", 10),
            [b"oi".to_vec(), b"fim".to_vec()]
        );
    }

    #[test]
    fn so_a_quebra_do_fim_sai() {
        assert_eq!(respostas(b"oi\r\n", 10), [b"oi"]);
        assert_eq!(respostas(b" a\rb \r\r\n", 10), [b" a\rb \r"]);
    }

    #[test]
    fn uma_linha_vazia_nao_e_o_fim_da_entrada() {
        assert_eq!(respostas(b"\n\r\noi\n", 10), [&b""[..], b"", b"oi"]);
        assert_eq!(conversa(b"", 10), ("? \n".into(), vec![]));
    }

    #[test]
    fn bytes_que_nao_sao_utf_8_passam_como_vieram() {
        assert_eq!(respostas(b"\xff\xc3\0\n", 10), [b"\xff\xc3\0"]);
    }

    #[test]
    fn o_maximo_nao_conta_a_quebra() {
        let recusa = "Mensagem grande demais: até 3 bytes.";
        for quebra in ["", "\n", "\r\n"] {
            let cabe = conversa(format!("abc{quebra}").as_bytes(), 3);
            assert_eq!(cabe, ("? ? \n".into(), vec![b"abc".to_vec()]));
            let passa = conversa(format!("abcd{quebra}").as_bytes(), 3);
            assert_eq!(passa, (format!("? {recusa}\n? \n"), vec![]));
        }
    }

    #[test]
    fn depois_de_uma_linha_grande_demais_vem_a_seguinte() {
        for tamanho in 4..20 {
            let entrada = format!("{}\r\noi\n", "a".repeat(tamanho));
            assert_eq!(respostas(entrada.as_bytes(), 3), [b"oi"], "{tamanho}");
        }
    }

    #[test]
    fn uma_linha_sem_fim_nao_ocupa_memoria_sem_fim() {
        let mut sem_fim = io::BufReader::new(io::repeat(b'a').take(64 << 20));
        let comeco = ler_comeco(&mut sem_fim, 1000).unwrap();
        assert_eq!(comeco.len(), 1002);
        assert!(comeco.capacity() < 4096, "{}", comeco.capacity());
        assert_eq!(ler_linha(&mut sem_fim, 1000).unwrap(), Linha::GrandeDemais);
        assert_eq!(ler_linha(&mut sem_fim, 1000).unwrap(), Linha::Nenhuma);
    }

    #[test]
    fn ninguem_le_a_saida() {
        let sem_espaco: &mut [u8] = &mut [];
        let erro =
            perguntar_em(&b"oi\n"[..], sem_espaco, "? ", 10).unwrap_err();
        assert!(erro.is::<ErroDeSaida>(), "{erro:#}");
    }
}
