//! O exercício `impasse`.

use std::time::{Duration, Instant};

use super::apoio::{acaba, acaba_bem, acabou_bem, atender, culpa, escreve};
use crate::{Falha, Par, Processo, Programa, Resultado, Termino, espera, exigir, mostrar};

/// Quantos bytes se mandam: mais do que todos os buffers do caminho guardam.
const MUITOS: usize = 12 * 1024 * 1024;

/// O buffer de cada sentido, do lado do conferidor: pedido, ele não cresce mais.
const BUFFER: usize = 64 * 1024;

/// Depois de quanto tempo sem um byte se diz que a conversa parou.
const PARADA: Duration = Duration::from_secs(3);

/// Quanto se espera, acabado o envio, para devolver o resto do eco.
const DEMORA: Duration = Duration::from_millis(300);

/// Quanto pode durar uma conversa que não para: um computador lento leva uns segundos.
const CONVERSA: Duration = Duration::from_secs(60);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    eco_que_demora(programa)?;
    megabytes(programa)?;
    enquanto_se_digita(programa)?;
    eco_pela_metade(programa)
}

/// `quantos` bytes que não são texto nem se repetem depressa.
fn dados(quantos: usize) -> Vec<u8> {
    let mut estado = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(quantos + 8);
    while bytes.len() < quantos {
        // xorshift64: o bastante para que uma troca ou um corte apareça.
        estado ^= estado << 13;
        estado ^= estado >> 7;
        estado ^= estado << 17;
        bytes.extend_from_slice(&estado.to_le_bytes());
    }
    bytes.truncate(quantos);
    bytes
}

fn falha(diagnostico: &str, feito: &str, veio: impl Into<String>) -> Falha {
    Falha::nova(diagnostico)
        .feito(feito)
        .esperado("Que ele mandasse tudo, acabasse o envio e lesse o eco até o fim.")
        .veio(veio)
}

/// O servidor de eco. Segura os últimos `retem` bytes até o programa acabar o envio, e um
/// pouco mais; e só lê depois que o que já leu foi embora.
fn ecoar(
    aluno: &mut Processo,
    par: &mut Par,
    total: usize,
    retem: usize,
    feito: &str,
) -> Resultado {
    let mut recebidos = 0;
    let mut guardados = Vec::new();
    let ate = Instant::now() + CONVERSA;
    loop {
        let lido = par.ate_haver_algo(BUFFER, PARADA);
        recebidos += lido.bytes.len();
        guardados.extend_from_slice(&lido.bytes);
        exigir(recebidos <= total, || {
            let veio = format!("Ele mandou {recebidos} bytes, e só recebeu {total}.");
            falha("bytes-trocados", feito, veio)
        })?;
        exigir(Instant::now() < ate, || {
            let veio = format!("Depois de um minuto só tinham vindo {recebidos} bytes.");
            falha("espera-cada-eco", feito, veio)
        })?;
        match lido.termino {
            Termino::Completo => {}
            Termino::Fechou if recebidos < total => {
                let veio = format!("Ele acabou o envio depois de {recebidos} de {total} bytes.");
                return Err(falha("perde-o-fim", feito, veio));
            }
            Termino::Fechou => break,
            Termino::Derrubou => {
                let veio = format!("Ele derrubou a conexão depois de mandar {recebidos} bytes.");
                return Err(falha("perde-o-fim", feito, veio));
            }
            _ if recebidos == total => {
                let veio = "Tudo chegou, mas não o fim do envio, e a espera parou.";
                return Err(falha("sem-fim", feito, veio));
            }
            _ => {
                let veio = format!("Ele parou de mandar depois de {recebidos} de {total} bytes.");
                return Err(falha("espera-cada-eco", feito, veio));
            }
        }
        let saem = guardados.len().saturating_sub(retem);
        devolver(par, &guardados[..saem], recebidos, feito)?;
        guardados.drain(..saem);
    }
    if !guardados.is_empty() {
        // O resto não pode chegar antes que vá embora quem fechou também a leitura.
        espera::ate(DEMORA, || !aluno.roda());
    }
    devolver(par, &guardados, recebidos, feito)?;
    par.fechar_escrita();
    Ok(())
}

fn devolver(par: &mut Par, bytes: &[u8], recebidos: usize, feito: &str) -> Resultado {
    par.enviar(bytes).map_err(|erro| {
        let (diagnostico, veio) = if erro.diagnostico == "nao-le" {
            ("impasse", "ele parou de ler o eco, e os dois lados pararam")
        } else {
            ("perde-o-fim", "ele fechou a conexão com o eco a caminho")
        };
        let veio = format!("Depois de mandar {recebidos} bytes, {veio}.");
        falha(diagnostico, feito, veio)
    })
}

/// Uma conversa inteira: os bytes da entrada vão, voltam e saem iguais.
fn ida_e_volta(programa: &Programa, total: usize, retem: usize, feito: &str) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    par.buffers(BUFFER);
    par.paciencia(PARADA);
    let mandados = dados(total);
    aluno.digitar(&mandados);
    aluno.fechar_entrada();
    ecoar(&mut aluno, &mut par, total, retem, feito).map_err(|falha| {
        let diagnostico = falha.diagnostico.clone();
        culpa(&mut aluno, falha, &diagnostico)
    })?;
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    // A saída vem antes do código: quem perdeu o fim do eco acaba bem ou mal conforme o RST
    // chega antes ou depois da leitura dele.
    exigir(fim.saida == mandados, || {
        let cortada = mandados.starts_with(&fim.saida);
        Falha::nova(if cortada {
            "perde-o-fim"
        } else {
            "bytes-trocados"
        })
        .feito(feito)
        .esperado(format!("Os mesmos {total} bytes na saída."))
        .veio(format!(
            "Saíram {} bytes, e ele acabou com {}: {}.",
            fim.saida.len(),
            fim.como(),
            mostrar(&fim.saida)
        ))
        .erros(fim.erros.clone())
    })?;
    acabou_bem(&fim, feito)
}

/// O eco é inteiro, mas não é pontual.
fn eco_que_demora(programa: &Programa) -> Resultado {
    let feito =
        "Dei 100 mil bytes à entrada dele, e segurei os últimos mil do eco até o fim do envio.";
    ida_e_volta(programa, 100_000, 1000, feito)
}

fn megabytes(programa: &Programa) -> Resultado {
    let feito = "Dei 12 MiB à entrada dele; o servidor só lê depois que o eco do que já leu saiu.";
    ida_e_volta(programa, MUITOS, 0, feito)
}

/// Com a entrada ainda aberta, o que já se digitou vai e volta.
fn enquanto_se_digita(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let feito = "Digitei “oi” e um Enter, sem acabar a entrada.";
    aluno.digitar(b"oi\n");
    let lido = par.exatamente(3, PARADA);
    exigir(lido.bytes == b"oi\n", || {
        let veio = if lido.bytes.is_empty() {
            "Ao servidor não chegou nada.".to_string()
        } else {
            format!("Ao servidor chegou {}.", mostrar(&lido.bytes))
        };
        Falha::nova("so-no-fim")
            .feito(feito)
            .esperado("Que os 3 bytes chegassem ao servidor.")
            .veio(veio)
    })?;
    devolver(&mut par, b"oi\n", 3, feito)?;
    escreve(&mut aluno, feito, "oi", "so-no-fim")?;
    aluno.fechar_entrada();
    let feito = "Digitei “oi” e um Enter, esperei o eco e acabei a entrada.";
    ecoar(&mut aluno, &mut par, 0, 0, feito)?;
    acaba_bem(&mut aluno, feito).map(|_| ())
}

/// Se o servidor fecha antes de devolver tudo, isso se diz.
fn eco_pela_metade(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let feito = "Recebi 5000 bytes, devolvi a metade e fechei.";
    let mandados = dados(5000);
    aluno.digitar(&mandados);
    aluno.fechar_entrada();
    let lido = par.ate_o_fim(mandados.len(), PARADA);
    exigir(lido.termino == Termino::Fechou, || {
        falha("sem-fim", feito, super::apoio::contar(&lido))
    })?;
    devolver(&mut par, &lido.bytes[..lido.bytes.len() / 2], 5000, feito)?;
    drop(par);
    acaba(&mut aluno, feito, 1, "eco-incompleto").map(|_| ())
}
