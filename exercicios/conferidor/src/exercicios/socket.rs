//! O exercício `socket`.

use super::apoio::{acaba_bem, espera_o_enter};
use crate::{Falha, Processo, Programa, Resultado, exigir};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    abre_e_troca(programa, 4)?;
    abre_e_troca(programa, 1)
}

fn abre_e_troca(programa: &Programa, quantos: usize) -> Resultado {
    let feito = format!("Rodei o programa com o argumento {quantos}.");
    let mut aluno = programa.rodar(&[&quantos.to_string()])?;
    let mut abertos = Vec::new();
    for _ in 0..quantos {
        abertos.push(descritor(&mut aluno).map_err(|falha| falha.depois_de(&feito))?);
    }
    diferentes(&feito, &abertos)?;
    espera_o_enter(&mut aluno, &feito)?;
    do_sistema(&feito, &aluno, &abertos)?;

    let feito = format!("{feito} Depois teclei Enter.");
    aluno.digitar(b"\n");
    let novo = descritor(&mut aluno).map_err(|falha| falha.depois_de(&feito))?;
    espera_o_enter(&mut aluno, &feito)?;
    let primeiro = abertos.remove(0);
    // No Windows o número não tem por que voltar.
    exigir(cfg!(windows) || novo == primeiro, || {
        Falha::nova("nao-fechou")
            .feito(&feito)
            .esperado(format!("O descritor {primeiro}, que ficou livre."))
            .veio(format!("O programa escreveu {novo}."))
    })?;
    abertos.push(novo);
    os_outros_ficaram(&feito, &aluno, &abertos)?;
    do_sistema(&feito, &aluno, &abertos)?;
    aluno.digitar(b"\n");
    acaba_bem(&mut aluno, "Teclei o segundo Enter.").map(|_| ())
}

/// O número da próxima linha que fala de um descritor.
fn descritor(aluno: &mut Processo) -> Resultado<u64> {
    let numero = |linha: &str| {
        let (_, depois) = linha.split_once("descritor")?;
        let depois = depois.trim_start_matches([' ', ':', '=']);
        let fim = depois
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(depois.len());
        depois[..fim].parse().ok()
    };
    let linha = aluno
        .linha_que(|linha| numero(linha).is_some())
        .map_err(|falha| falha.esperado("Uma linha `descritor N` para cada socket aberto."))?;
    numero(&linha).ok_or_else(|| Falha::nova("silencio").veio(linha))
}

fn diferentes(feito: &str, abertos: &[u64]) -> Resultado {
    let repete = |(i, este): (usize, &u64)| abertos[..i].contains(este);
    exigir(!abertos.iter().enumerate().any(repete), || {
        Falha::nova("soltou")
            .feito(feito)
            .esperado("Um descritor diferente para cada socket.")
            .veio(format!("O programa escreveu {}.", lista(abertos)))
    })
}

/// O que o programa escreveu é o que o sistema vê nele.
#[cfg(target_os = "linux")]
fn do_sistema(feito: &str, aluno: &Processo, abertos: &[u64]) -> Resultado {
    let Some(vistos) = crate::nucleo::sockets(aluno.pid()) else {
        return Ok(());
    };
    let achado = |numero: u64| vistos.iter().find(|(este, _)| *este == numero);
    let falha = |nome: &str, veio: String| {
        Err(Falha::nova(nome)
            .feito(feito)
            .esperado(format!(
                "Em /proc/{}/fd, {} sockets TCP: {}.",
                aluno.pid(),
                abertos.len(),
                lista(abertos)
            ))
            .veio(veio))
    };
    for numero in abertos {
        match achado(*numero) {
            None => return falha("inventado", format!("Lá, {numero} não é um socket.")),
            Some((_, protocolo)) if !protocolo.starts_with("TCP") => {
                return falha(
                    "outro-tipo",
                    format!("Lá, o socket {numero} é {protocolo}."),
                );
            }
            Some(_) => {}
        }
    }
    let numeros: Vec<u64> = vistos.iter().map(|(numero, _)| *numero).collect();
    if numeros.len() > abertos.len() {
        return falha("quantidade", format!("Lá estão {}.", lista(&numeros)));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn do_sistema(_: &str, _: &Processo, _: &[u64]) -> Resultado {
    Ok(())
}

/// Fechar o primeiro não fechou os outros.
#[cfg(target_os = "linux")]
fn os_outros_ficaram(feito: &str, aluno: &Processo, abertos: &[u64]) -> Resultado {
    let Some(vistos) = crate::nucleo::sockets(aluno.pid()) else {
        return Ok(());
    };
    let numeros: Vec<u64> = vistos.iter().map(|(numero, _)| *numero).collect();
    exigir(numeros.len() >= abertos.len(), || {
        Falha::nova("fechou-todos")
            .feito(feito)
            .esperado(format!("Os sockets {} abertos.", lista(abertos)))
            .veio(format!("Só há {}.", lista(&numeros)))
    })
}

#[cfg(not(target_os = "linux"))]
fn os_outros_ficaram(_: &str, _: &Processo, _: &[u64]) -> Resultado {
    Ok(())
}

fn lista(numeros: &[u64]) -> String {
    let textos: Vec<String> = numeros.iter().map(u64::to_string).collect();
    textos.join(", ")
}
