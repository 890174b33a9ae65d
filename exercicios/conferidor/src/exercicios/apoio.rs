//! O que várias conferências fazem do mesmo jeito.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::processo::rodei_com;
use crate::{
    Escuta, Falha, Fim, Lido, PACIENCIA, Par, Processo, Programa, Resultado, Termino, espera,
    exigir, mostrar,
};

/// Quanto se espera para ver se um programa acabou, depois que a conversa com ele falhou.
const AUTOPSIA: Duration = Duration::from_secs(3);

/// Quanto se espera para ver se um programa que devia esperar acaba.
#[cfg(target_os = "linux")]
const SOSSEGO: Duration = Duration::from_secs(2);
#[cfg(not(target_os = "linux"))]
const SOSSEGO: Duration = Duration::from_millis(200);

/// De quanto em quanto tempo se olha se um programa acabou.
const PASSO: Duration = Duration::from_millis(5);

/// Roda um servidor e espera que ele diga onde escuta.
pub(super) fn servir(
    programa: &Programa,
    argumentos: &[&str],
) -> Resultado<(Processo, SocketAddr)> {
    let mut aluno = programa.rodar(argumentos)?;
    let endereco = aluno
        .endereco()
        .map_err(|falha| falha.depois_de(rodei_com(argumentos)))?;
    Ok((aluno, endereco))
}

/// Conecta ao servidor que o programa é; se ele já acabou, o diagnóstico é `se_acabou`.
pub(super) fn ligar(
    aluno: &mut Processo,
    endereco: SocketAddr,
    feito: &str,
    se_acabou: &str,
) -> Resultado<Par> {
    Par::ligar(endereco).map_err(|mut falha| {
        falha.feito = feito.to_string();
        culpa(aluno, falha, se_acabou)
    })
}

/// Roda um cliente com o endereço do conferidor e estes outros argumentos, e espera que
/// ele conecte.
pub(super) fn atender(programa: &Programa, resto: &[&str]) -> Resultado<(Processo, Par)> {
    ligado(programa, &Escuta::nova()?, resto, None)
}

/// Como [`atender`], com estes bytes na entrada padrão do programa, que acaba com eles.
pub(super) fn atender_com(
    programa: &Programa,
    resto: &[&str],
    entrada: &[u8],
) -> Resultado<(Processo, Par)> {
    ligado(programa, &Escuta::nova()?, resto, Some(entrada))
}

/// Roda um cliente com o endereço de `escuta` e espera que ele conecte.
pub(super) fn ligado(
    programa: &Programa,
    escuta: &Escuta,
    resto: &[&str],
    entrada: Option<&[u8]>,
) -> Resultado<(Processo, Par)> {
    let endereco = escuta.endereco()?.to_string();
    let argumentos: Vec<&str> = [endereco.as_str()].iter().chain(resto).copied().collect();
    let mut aluno = programa.rodar(&argumentos)?;
    if let Some(entrada) = entrada {
        aluno.digitar(entrada);
        aluno.fechar_entrada();
    }
    let ate = Instant::now() + PACIENCIA;
    loop {
        // Nesta ordem: quem conectou e já acabou ainda está na fila.
        let acabou = !aluno.roda() || Instant::now() >= ate;
        match escuta.aceitar(Duration::from_millis(50)) {
            Ok(par) => return Ok((aluno, par)),
            Err(falha) if acabou => {
                let feito = "Rodei o programa com o endereço em que eu escutava.";
                return Err(culpa(&mut aluno, falha, "nao-liga").depois_de(feito));
            }
            Err(_) => {}
        }
    }
}

/// A conversa com o programa falhou. Se foi porque ele acabou, conta como: um pânico tem o
/// diagnóstico dele, e os outros fins têm `se_acabou`.
pub(super) fn culpa(aluno: &mut Processo, mut falha: Falha, se_acabou: &str) -> Falha {
    let ate = Instant::now() + AUTOPSIA;
    while aluno.roda() && !em_panico(aluno) && Instant::now() < ate {
        thread::sleep(PASSO);
    }
    if !aluno.roda() {
        falha.diagnostico = match aluno.fim() {
            Err(fim) => fim.diagnostico,
            Ok(_) => se_acabou.to_string(),
        };
        // O erro do sistema vem sem ponto.
        if !falha.veio.ends_with(['.', '!', '?']) {
            falha.veio.push('.');
        }
        falha.veio += " O programa acabou.";
    }
    if em_panico(aluno) {
        falha.diagnostico = "panico".to_string();
    }
    falha.erros(aluno.texto_dos_erros())
}

/// Uma thread do programa pode entrar em pânico sem que ele acabe.
fn em_panico(aluno: &Processo) -> bool {
    aluno.texto_dos_erros().contains("panicked at")
}

/// O que se leu de uma conexão, em uma frase.
pub(super) fn contar(lido: &Lido) -> String {
    format!("Veio {}{}.", mostrar(&lido.bytes), como_acabou(lido))
}

/// Quanto se leu de `dados`, que são bytes demais para se mostrarem.
pub(super) fn medir(lido: &Lido, dados: &[u8]) -> String {
    let vieram = lido.bytes.len();
    let pares = lido.bytes.iter().zip(dados);
    let iguais = pares.take_while(|(veio, certo)| veio == certo).count();
    let troca = if iguais < vieram {
        format!(", e o byte {iguais} (contado do 0) não é o da entrada")
    } else {
        String::new()
    };
    format!("Bytes recebidos: {vieram}{troca}{}.", como_acabou(lido))
}

fn como_acabou(lido: &Lido) -> &'static str {
    match lido.termino {
        Termino::Completo => "",
        Termino::Fechou => ", e o programa fechou a conexão",
        Termino::Derrubou => ", e a conexão foi derrubada (RST)",
        Termino::Calou => ", e mais nada no prazo",
        Termino::Transbordou => ", e não parou",
    }
}

/// Exige que o programa mande a linha `esperada`; se manda outra coisa, ou nada, o
/// diagnóstico é este.
pub(super) fn responde(
    aluno: &mut Processo,
    par: &mut Par,
    feito: &str,
    esperada: &str,
    diagnostico: &str,
) -> Resultado {
    let lido = par.linha(PACIENCIA);
    if lido.termino == Termino::Completo && lido.bytes == esperada.as_bytes() {
        return Ok(());
    }
    let falha = Falha::nova(diagnostico)
        .feito(feito)
        .esperado(match esperada {
            "" => "Uma linha vazia.".to_string(),
            _ => format!("A linha {}.", mostrar(esperada.as_bytes())),
        })
        .veio(contar(&lido));
    Err(match lido.termino {
        Termino::Fechou | Termino::Derrubou => culpa(aluno, falha, diagnostico),
        _ => falha,
    })
}

/// Manda `pedacos`, cada um sozinho.
pub(super) fn mandar(
    aluno: &mut Processo,
    par: &mut Par,
    feito: &str,
    pedacos: &[&[u8]],
    diagnostico: &str,
) -> Resultado {
    par.pedacos(pedacos.iter().copied()).map_err(|falha| {
        let falha = falha.depois_de(feito).quando("conexao-caiu", diagnostico);
        culpa(aluno, falha, diagnostico)
    })
}

/// Exige que o programa feche a conexão sem mandar mais nada.
pub(super) fn despede(
    aluno: &mut Processo,
    par: &mut Par,
    feito: &str,
    diagnostico: &str,
) -> Resultado {
    let lido = par.ate_o_fim(64 * 1024, PACIENCIA);
    let fechou = matches!(lido.termino, Termino::Fechou | Termino::Derrubou);
    if fechou && lido.bytes.is_empty() {
        return Ok(());
    }
    let falha = Falha::nova(diagnostico)
        .feito(feito)
        .esperado("Que o programa fechasse a conexão, sem mandar mais nada.")
        .veio(contar(&lido));
    Err(culpa(aluno, falha, diagnostico))
}

/// Exige que a próxima linha da saída seja `esperada` (os espaços do fim não contam).
pub(super) fn escreve(
    aluno: &mut Processo,
    feito: &str,
    esperada: &str,
    diagnostico: &str,
) -> Resultado {
    let linha = aluno.linha().map_err(|falha| {
        let falha = falha.depois_de(feito);
        falha
            .quando("silencio", diagnostico)
            .quando("acabou-cedo", diagnostico)
    })?;
    if linha.trim_end() == esperada.trim_end() {
        return Ok(());
    }
    Err(Falha::nova(diagnostico)
        .feito(feito)
        .esperado(format!(
            "A linha {} na saída.",
            mostrar(esperada.as_bytes())
        ))
        .veio(format!("A linha {}.", mostrar(linha.as_bytes()))))
}

/// Exige que o programa acabe sozinho, com este código, e com uma frase se ele não é 0.
/// Quem não acaba tem o diagnóstico comum, a não ser que `diagnostico` caiba.
pub(super) fn acaba(
    aluno: &mut Processo,
    feito: &str,
    codigo: i32,
    diagnostico: &str,
) -> Resultado<Fim> {
    let fim = aluno
        .fim()
        .map_err(|falha| falha.depois_de(feito).quando("nao-termina", diagnostico))?;
    if fim.codigo == Some(codigo) && (codigo == 0 || !fim.erros.is_empty()) {
        return Ok(fim);
    }
    let esperado = match codigo {
        0 => "O código de saída 0.".to_string(),
        _ => format!("Uma frase na saída de erro, e o código de saída {codigo}."),
    };
    Err(Falha::nova(diagnostico)
        .feito(feito)
        .esperado(esperado)
        .veio(format!(
            "Ele acabou com {}, e na saída {}.",
            fim.como(),
            mostrar(&fim.saida)
        ))
        .erros(fim.erros))
}

/// Exige que o programa acabe sozinho e com o código de quem deu certo.
pub(super) fn acaba_bem(aluno: &mut Processo, feito: &str) -> Resultado<Fim> {
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    acabou_bem(&fim, feito)?;
    Ok(fim)
}

/// Exige que o programa ainda rode: ele espera um Enter que ninguém teclou.
pub(super) fn espera_o_enter(aluno: &mut Processo, feito: &str) -> Resultado {
    espera::ate(SOSSEGO, || !aluno.roda() || sossegou(aluno));
    if aluno.roda() {
        return Ok(());
    }
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    Err(Falha::nova("acabou-cedo")
        .feito(feito)
        .esperado("Que o programa esperasse um Enter.")
        .veio(format!("Ele acabou com {}, sem esperar.", fim.como()))
        .erros(fim.erros))
}

/// Se o programa já está à espera de alguma coisa. Onde o sistema não mostra, não se sabe.
#[cfg(target_os = "linux")]
fn sossegou(aluno: &Processo) -> bool {
    crate::nucleo::dorme(aluno.pid())
}

#[cfg(not(target_os = "linux"))]
fn sossegou(_: &Processo) -> bool {
    false
}

/// Acabou com o código de quem deu certo.
///
/// # Errors
/// `codigo-errado`, quando não.
pub(super) fn acabou_bem(fim: &Fim, feito: &str) -> Resultado {
    exigir(fim.codigo == Some(0), || {
        Falha::nova("codigo-errado")
            .feito(feito)
            .esperado("O código de saída 0: deu tudo certo.")
            .veio(format!("Ele acabou com {}.", fim.como()))
            .erros(fim.erros.clone())
    })
}

/// Acabou dizendo o que houve: uma frase na saída de erro e o código 1.
///
/// # Errors
/// `diagnostico`, quando acabou de outro modo.
pub(super) fn acabou_mal(fim: &Fim, feito: &str, diagnostico: &str) -> Resultado {
    exigir(fim.codigo == Some(1) && !fim.erros.is_empty(), || {
        Falha::nova(diagnostico)
            .feito(feito)
            .esperado("Uma frase na saída de erro, e o código de saída 1.")
            .veio(format!(
                "Ele acabou com {}, e na saída {}.",
                fim.como(),
                mostrar(&fim.saida)
            ))
            .erros(fim.erros.clone())
    })
}

/// Repete `gota`, que manda algo, espera um pouco e diz se o programa continua a receber.
/// `Some(true)` quando ele desiste, `Some(false)` quando `limite` passa antes; `None` se
/// esta máquina deixou passar metade de `prazo` entre uma gota e outra: aí também podia ter
/// vencido o prazo de quem o renova a cada uma, e nada se sabe.
pub(super) fn gotejar(
    prazo: Duration,
    limite: Duration,
    mut gota: impl FnMut() -> bool,
) -> Option<bool> {
    let mut antes = Instant::now();
    let ate = antes + limite;
    let mut atrasou = false;
    loop {
        let continua = gota();
        // De um fim ao outro: o sistema também pode parar esta thread fora da gota.
        let agora = Instant::now();
        atrasou |= agora - antes >= prazo / 2;
        antes = agora;
        if !continua {
            return (!atrasou).then_some(true);
        }
        if agora >= ate {
            return Some(false);
        }
    }
}

/// Repete uma prova que depende do relógio até que ela diga algo.
pub(super) fn insistir(mut prova: impl FnMut() -> Resultado<Option<()>>) -> Resultado {
    for _ in 0..5 {
        if prova()?.is_some() {
            return Ok(());
        }
    }
    Err(Falha::nova("conferidor")
        .feito("Tentei cinco vezes mandar alguns bytes, com uma pausa curta entre eles.")
        .esperado("Que esta máquina me deixasse fazer isso a tempo.")
        .veio("Ela está ocupada demais: feche outros programas e confira de novo."))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn so_se_acredita_em_quem_desistiu_se_as_gotas_foram_em_dia() {
        let longe = Duration::from_secs(600);
        assert_eq!(gotejar(longe, longe, || false), Some(true));
        assert_eq!(gotejar(longe, Duration::ZERO, || true), Some(false));
        let prazo = Duration::from_millis(20);
        let atrasada = || {
            thread::sleep(prazo);
            false
        };
        assert_eq!(gotejar(prazo, longe, atrasada), None);
    }
}
