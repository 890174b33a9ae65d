//! O exercício `accept`.

use std::time::Duration;

use super::apoio::{acaba_bem, ligar, servir};
use crate::{Falha, Lido, PACIENCIA, Par, Processo, Programa, Resultado, Termino, exigir, mostrar};

/// Quanto se espera pelo fim do fluxo, que vem junto com a frase.
const FIM: Duration = Duration::from_secs(3);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    um_depois_do_outro(programa)?;
    quem_desiste(programa)
}

/// Dois clientes mudos, conectados antes que o programa comece a atender, e um depois.
fn um_depois_do_outro(programa: &Programa) -> Resultado {
    let feito = "Conectei dois clientes, que não dizem nada, e teclei Enter.";
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "3"])?;
    let mut clientes = Vec::new();
    for _ in 0..2 {
        clientes.push(ligar(&mut aluno, endereco, feito, "acabou-cedo")?);
    }
    aluno.digitar(b"\n");
    for (cliente, numero) in clientes.iter_mut().zip(1..) {
        atendido(feito, &mut aluno, cliente, numero)?;
        fechado(feito, cliente, numero)?;
    }
    let feito =
        "Rodei o programa com 3 em QUANTOS. Atendidos os dois primeiros, conectei o terceiro.";
    let mut terceiro = ligar(&mut aluno, endereco, feito, "acabou-cedo")?;
    atendido(feito, &mut aluno, &mut terceiro, 3)?;
    acaba_bem(&mut aluno, &format!("{feito} O último já foi atendido.")).map(|_| ())
}

/// O segundo da fila derrubou a conexão antes de ser atendido.
fn quem_desiste(programa: &Programa) -> Resultado {
    let feito = "Conectei três clientes, derrubei a conexão do segundo e só então teclei Enter.";
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "3"])?;
    let mut primeiro = ligar(&mut aluno, endereco, feito, "acabou-cedo")?;
    ligar(&mut aluno, endereco, feito, "acabou-cedo")?.derrubar();
    let mut terceiro = ligar(&mut aluno, endereco, feito, "acabou-cedo")?;
    aluno.digitar(b"\n");
    atendido(feito, &mut aluno, &mut primeiro, 1)?;

    let lido = terceiro.linha(PACIENCIA);
    // Há sistemas em que quem desistiu nem sai da fila: o terceiro é então o segundo.
    let faltou_um = lido.bytes == frase(2);
    exigir(lido.bytes == frase(3) || faltou_um, || {
        if lido.termino == Termino::Completo {
            return outra_frase(feito, &lido, 3);
        }
        // A queda do programa é mais importante que a frase que não veio.
        match aluno.fim() {
            Ok(fim) => Falha::nova("cai-com-o-cliente")
                .feito(feito)
                .esperado("Que o terceiro cliente fosse atendido.")
                .veio(format!(
                    "O programa acabou com {}, e ao terceiro chegou {}.",
                    fim.como(),
                    mostrar(&lido.bytes)
                ))
                .erros(fim.erros),
            Err(falha) => falha.depois_de(feito),
        }
    })?;
    if faltou_um {
        // E o programa ainda espera o terceiro dele, que não se confere outra vez.
        Par::ligar(endereco)?.linha(PACIENCIA);
    }
    acaba_bem(&mut aluno, &format!("{feito} O último já foi atendido.")).map(|_| ())
}

fn frase(numero: usize) -> Vec<u8> {
    format!("você é o cliente {numero}").into_bytes()
}

/// Ao cliente chegou outra coisa.
fn outra_frase(feito: &str, lido: &Lido, numero: usize) -> Falha {
    let quebra = if lido.termino == Termino::Completo {
        " e a quebra"
    } else {
        ", sem a quebra"
    };
    Falha::nova("mensagem-errada")
        .feito(feito)
        .esperado(format!(
            "{} e uma quebra de linha.",
            mostrar(&frase(numero))
        ))
        .veio(format!(
            "O cliente {numero} recebeu {}{quebra}.",
            mostrar(&lido.bytes)
        ))
}

/// O cliente recebe a frase dele, e o programa escreve o endereço dele.
fn atendido(feito: &str, aluno: &mut Processo, cliente: &mut Par, numero: usize) -> Resultado {
    let lido = cliente.linha(PACIENCIA);
    if lido.termino == Termino::Calou && lido.bytes.is_empty() && aluno.roda() {
        return Err(Falha::nova("espera-o-cliente")
            .feito(feito)
            .esperado(format!("Que o cliente {numero} recebesse a frase dele."))
            .veio("Não recebeu nada, e o programa continua rodando."));
    }
    exigir(
        lido.bytes == frase(numero) && lido.termino == Termino::Completo,
        || match aluno.fim_em(Duration::from_secs(1)) {
            Err(falha) if falha.diagnostico == "panico" => falha.depois_de(feito),
            _ => outra_frase(feito, &lido, numero).erros(aluno.texto_dos_erros()),
        },
    )?;
    let endereco = cliente.endereco()?.to_string();
    let linha = aluno
        .linha_que(|linha| linha.contains("127.0.0.1:"))
        .map_err(|falha| {
            falha
                .depois_de(feito)
                .quando("silencio", "endereco-errado")
                .quando("acabou-cedo", "endereco-errado")
        })?;
    exigir(linha.contains(&endereco), || {
        Falha::nova("endereco-errado")
            .feito(feito)
            .esperado(format!(
                "Uma linha com {endereco}, de onde veio o cliente {numero}."
            ))
            .veio(mostrar(linha.as_bytes()))
    })
}

fn fechado(feito: &str, cliente: &mut Par, numero: usize) -> Resultado {
    let lido = cliente.ate_o_fim(1024, FIM);
    exigir(lido.bytes.is_empty(), || {
        Falha::nova("mensagem-errada")
            .feito(feito)
            .esperado("Só a frase, e o fim do fluxo.")
            .veio(format!(
                "O cliente {numero} recebeu mais {}.",
                mostrar(&lido.bytes)
            ))
    })?;
    exigir(lido.termino != Termino::Calou, || {
        Falha::nova("nao-fecha")
            .feito(feito)
            .esperado(format!(
                "Que o cliente {numero} recebesse o fim do fluxo logo depois da frase."
            ))
            .veio("A conexão dele continuou aberta.")
    })
}
