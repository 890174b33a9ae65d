//! O exercício `bind`.

use std::net::{Ipv4Addr, SocketAddr};

use super::apoio::{acaba_bem, espera_o_enter, ligar};
use crate::{Escuta, Falha, Par, Programa, Resultado, exigir};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    o_endereco_que_ganhou(programa)?;
    so_o_endereco_pedido(programa)?;
    porta_ocupada(programa)
}

/// Com a porta 0, o endereço que se escreve é o que o sistema deu, e alguém atende nele.
fn o_endereco_que_ganhou(programa: &Programa) -> Resultado {
    let feito = "Rodei o programa com 127.0.0.1:0, a porta que o sistema escolhe.";
    let mut aluno = programa.rodar(&["127.0.0.1:0"])?;
    let endereco = aluno
        .endereco()
        .map_err(|falha| falha.depois_de(feito).quando("acabou-cedo", "sem-endereco"))?;
    exigir(endereco.port() != 0, || {
        Falha::nova("porta-zero")
            .feito(feito)
            .esperado("A linha com o endereço que o socket ganhou.")
            .veio(format!("Ele escreveu {endereco}."))
    })?;
    espera_o_enter(&mut aluno, feito)?;
    let feito = "Conectei no endereço que ele escreveu.";
    let _ligado = ligar(&mut aluno, endereco, feito, "acabou-cedo")?;
    aluno.digitar(b"\n");
    acaba_bem(&mut aluno, "Teclei Enter, para que ele soltasse a porta.").map(|_| ())
}

/// O socket fica no endereço pedido, e não em todos.
fn so_o_endereco_pedido(programa: &Programa) -> Resultado {
    // Todo o 127.0.0.0/8 é desta máquina no Linux; nos outros, só se compara o que se leu.
    let mut aluno = programa.rodar(&["127.0.0.1:0"])?;
    let endereco = aluno.endereco()?;
    let outro = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), endereco.port()));
    let alheio = cfg!(target_os = "linux") && Par::ligar(outro).is_ok();
    exigir(!alheio, || {
        Falha::nova("todos-os-enderecos")
            .feito(format!("Pedi 127.0.0.1, e conectei em {outro}."))
            .esperado("Que ninguém atendesse: o pedido era só 127.0.0.1.")
            .veio(format!(
                "O programa atende lá também; ele escreveu {endereco}."
            ))
    })?;
    exigir(!endereco.ip().is_unspecified(), || {
        Falha::nova("todos-os-enderecos")
            .feito("Pedi 127.0.0.1.")
            .esperado("Que ele escrevesse um endereço em 127.0.0.1, e em nenhum outro.")
            .veio(format!("Ele escreveu {endereco}."))
    })
}

/// Com a porta ocupada, uma frase e o código 1.
fn porta_ocupada(programa: &Programa) -> Resultado {
    // Escuta, não aceita ninguém, e segura a porta até o fim da prova.
    let dono = Escuta::nova()?;
    let ocupada = dono.endereco()?;
    let feito = format!("Ocupei {ocupada} e rodei o programa com esse endereço.");
    let mut aluno = programa.rodar(&[&ocupada.to_string()])?;
    let fim = aluno.fim().map_err(|falha| falha.depois_de(&feito))?;
    exigir(fim.codigo == Some(1) && !fim.erros.is_empty(), || {
        Falha::nova("erro-calado")
            .feito(&feito)
            .esperado("Uma frase na saída de erro, e o código de saída 1.")
            .veio(format!("Ele acabou com {}.", fim.como()))
            .erros(fim.erros.clone())
    })
}
