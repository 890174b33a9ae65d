//! O exercício `perda`.

use std::time::{Duration, Instant};

use crate::Sorte::{Passa, Perde, Repete};
use crate::{Datagramas, Falha, Processo, Programa, Resultado, Sentido, exigir, mostrar};

/// O silêncio que acaba com uma medição.
const SILENCIO: Duration = Duration::from_millis(400);

/// Quantas vezes se repete um envio em que esta máquina parou no meio.
const RODADAS: u32 = 5;

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    copias_e_cauda(programa)?;
    depois_do_fim(programa)?;
    estrada_sorteada(programa)?;
    nao_e_desta_medicao(programa)?;
    a_conta_que_nao_fecha(programa)?;
    sem_fim(programa)?;
    nada_chegou(programa)?;
    numero_que_nao_foi_mandado(programa)
}

/// De 20, as cinco últimas se perdem e quatro chegam em dobro.
fn copias_e_cauda(programa: &Programa) -> Resultado {
    let mut sortes = [Passa; 20];
    sortes[1..5].fill(Repete);
    sortes[15..].fill(Perde);
    let envio = Envio::pela(Sentido::roteiro(&sortes), 20);
    let feito = "Mandei 20 sondas por uma estrada que entregou em dobro as 1 a 4 e perdeu as 15 a 19; o FIM diz que foram 20, e 5 derrubadas.";
    let certas = Certas {
        unicas: 15,
        repetidas: 4,
        ultrapassadas: 0,
        perdidas: 5,
        no_fim: 5,
        perda: 25.0,
        fecha: true,
    };
    envio.provar(programa, feito, &certas, |conta| match conta {
        "no fim" => "cauda",
        _ => "contas",
    })
}

/// Duas sondas chegam depois do FIM: uma delas, de número menor que outra já vista.
fn depois_do_fim(programa: &Programa) -> Resultado {
    let mut envio = Envio::default();
    for numero in [0, 1, 3, 5] {
        envio.sonda(numero);
    }
    envio.fim(8, 2);
    envio.sonda(2);
    envio.sonda(6);
    let feito = "Mandei as sondas 0, 1, 3 e 5, o FIM (8 mandadas, 2 derrubadas) e, só depois dele, as sondas 2 e 6, que se atrasaram.";
    let certas = Certas {
        unicas: 6,
        repetidas: 0,
        ultrapassadas: 1,
        perdidas: 2,
        no_fim: 1,
        perda: 25.0,
        fecha: true,
    };
    envio.provar(programa, feito, &certas, |conta| match conta {
        "únicas" => "nao-escoa",
        "ultrapassadas" => "ultrapassadas",
        "no fim" => "cauda",
        _ => "contas",
    })
}

/// Sessenta sondas por uma estrada sorteada.
fn estrada_sorteada(programa: &Programa) -> Resultado {
    const QUANTAS: u8 = 60;
    let semente = 6298;
    let envio = Envio::pela(Sentido::sorteado(semente), QUANTAS.into());
    let mut vistas = [false; QUANTAS as usize];
    let (mut proxima, mut repetidas, mut ultrapassadas) = (0, 0, 0);
    for datagrama in &envio.datagramas {
        let [b'S', .., numero] = datagrama[..] else {
            continue;
        };
        if std::mem::replace(&mut vistas[usize::from(numero)], true) {
            repetidas += 1;
        } else if numero < proxima {
            ultrapassadas += 1;
        }
        proxima = proxima.max(numero + 1);
    }
    let unicas = vistas.iter().map(|vista| u32::from(*vista)).sum();
    let perdidas = u32::from(QUANTAS) - unicas;
    let certas = Certas {
        unicas,
        repetidas,
        ultrapassadas,
        perdidas,
        no_fim: u32::from(QUANTAS - proxima),
        perda: 100.0 * f64::from(perdidas) / f64::from(QUANTAS),
        fecha: true,
    };
    let feito = format!(
        "Mandei {QUANTAS} sondas por uma estrada que perde, repete e troca a ordem (semente {semente}), e o FIM, que diz quantas foram e quantas ela derrubou."
    );
    envio.provar(programa, &feito, &certas, |conta| match conta {
        "ultrapassadas" => "ultrapassadas",
        "no fim" => "cauda",
        _ => "contas",
    })
}

/// Datagramas que não são nem sonda nem FIM.
fn nao_e_desta_medicao(programa: &Programa) -> Resultado {
    let mut envio = Envio::default();
    envio.sonda(0);
    for lixo in [
        &b""[..],
        b"S",
        b"S\0\0\0",
        b"S\0\0\0\x01x",
        b"F\0\0\0\x09",
        b"X\0\0\0\x01",
    ] {
        envio.datagramas.push(lixo.to_vec());
    }
    envio.sonda(2);
    envio.fim(3, 1);
    let feito = "Mandei a sonda 0, seis datagramas que não são sonda nem FIM (um vazio, um “S” sozinho, sondas e FIM de tamanho errado, um “X”), a sonda 2 e o FIM (3 mandadas, 1 derrubada).";
    let certas = Certas {
        unicas: 2,
        repetidas: 0,
        ultrapassadas: 0,
        perdidas: 1,
        no_fim: 0,
        perda: 100.0 / 3.0,
        fecha: true,
    };
    envio.provar(programa, feito, &certas, |_| "lixo")
}

/// O caminho derrubou menos do que falta.
fn a_conta_que_nao_fecha(programa: &Programa) -> Resultado {
    let mut envio = Envio::default();
    envio.sonda(0);
    envio.sonda(1);
    envio.fim(4, 1);
    let feito =
        "Mandei as sondas 0 e 1, e um FIM que diz que foram 4, e que o caminho derrubou 1 só.";
    let certas = Certas {
        unicas: 2,
        repetidas: 0,
        ultrapassadas: 0,
        perdidas: 2,
        no_fim: 2,
        perda: 50.0,
        fecha: false,
    };
    envio.provar(programa, feito, &certas, |_| "contas")
}

/// Sem o FIM não há denominador.
fn sem_fim(programa: &Programa) -> Resultado {
    let feito = "Mandei as sondas 0 e 2, e nenhum FIM.";
    let mut envio = Envio::default();
    envio.sonda(0);
    envio.sonda(2);
    let (mut aluno, _) = envio.mandar(programa, feito)?;
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    exigir(fim.codigo == Some(1) && !fim.erros.is_empty(), || {
        Falha::nova("sem-total")
            .feito(feito)
            .esperado("Depois do silêncio, uma frase na saída de erro e o código 1: só quem mandou sabe quantas foram.")
            .veio(format!("Ele acabou com {}, e na saída {}.", fim.como(), mostrar(&fim.saida)))
            .erros(fim.erros.clone())
    })
}

/// Todas se perdem: nenhuma chega de que se conte.
fn nada_chegou(programa: &Programa) -> Resultado {
    let envio = Envio::pela(Sentido::roteiro(&[Perde; 20]), 20);
    let feito =
        "Mandei só o FIM: a estrada perdeu as 20 sondas, da 0 à 19, e ele diz 20 e 20 derrubadas.";
    let certas = Certas {
        unicas: 0,
        repetidas: 0,
        ultrapassadas: 0,
        perdidas: 20,
        no_fim: 20,
        perda: 100.0,
        fecha: true,
    };
    envio.provar(programa, feito, &certas, |conta| match conta {
        "no fim" => "cauda",
        _ => "contas",
    })
}

/// De três sondas, a maior é a 2.
fn numero_que_nao_foi_mandado(programa: &Programa) -> Resultado {
    let mut envio = Envio::default();
    for numero in [0, 3, 900, 1, 3] {
        envio.sonda(numero);
    }
    envio.fim(3, 1);
    envio.sonda(900);
    let feito = "Mandei as sondas 0, 3, 900, 1 e 3, um FIM que diz que foram 3 (da 0 à 2) e 1 derrubada, e a sonda 900.";
    let certas = Certas {
        unicas: 2,
        repetidas: 0,
        ultrapassadas: 0,
        perdidas: 1,
        no_fim: 1,
        perda: 100.0 / 3.0,
        fecha: true,
    };
    envio.provar(programa, feito, &certas, |_| "lixo")
}

/// O que o relatório deve dizer.
struct Certas {
    unicas: u32,
    repetidas: u32,
    ultrapassadas: u32,
    perdidas: u32,
    no_fim: u32,
    perda: f64,
    fecha: bool,
}

/// Os datagramas de uma medição, na ordem em que chegam ao programa.
#[derive(Default)]
struct Envio {
    datagramas: Vec<Vec<u8>>,
}

impl Envio {
    /// As sondas 0 a `quantas` − 1 por esta estrada, e o FIM.
    fn pela(mut estrada: Sentido, quantas: u32) -> Self {
        let mut envio = Self::default();
        for numero in 0..quantas {
            envio.datagramas.extend(estrada.levar(&sonda(numero)));
        }
        envio.datagramas.extend(estrada.escoar());
        envio.fim(quantas, estrada.conta().perdidos);
        envio
    }

    fn sonda(&mut self, numero: u32) {
        self.datagramas.push(sonda(numero));
    }

    fn fim(&mut self, mandadas: u32, derrubadas: u32) {
        let numeros = [mandadas.to_be_bytes(), derrubadas.to_be_bytes()].concat();
        self.datagramas.push([b"F", &numeros[..]].concat());
    }

    /// Roda o programa, manda tudo, e diz se esta máquina parou no meio por mais tempo do
    /// que o programa espera.
    fn mandar(&self, programa: &Programa, feito: &str) -> Resultado<(Processo, bool)> {
        let inicio = Instant::now();
        let silencio = SILENCIO.as_millis().to_string();
        let mut aluno = programa.rodar(&["127.0.0.1:0", &silencio])?;
        let destino = aluno.endereco().map_err(|falha| falha.depois_de(feito))?;
        let daqui = Datagramas::novo()?;
        for datagrama in &self.datagramas {
            daqui.enviar(datagrama, destino)?;
        }
        Ok((aluno, inicio.elapsed() > SILENCIO / 2))
    }

    fn provar(
        &self,
        programa: &Programa,
        feito: &str,
        certas: &Certas,
        engano: impl Fn(&str) -> &'static str,
    ) -> Resultado {
        let mut rodadas = 1;
        loop {
            let (mut aluno, parou) = self.mandar(programa, feito)?;
            let resultado = conferir_relatorio(&mut aluno, feito, certas, &engano);
            if resultado.is_ok() || !parou || rodadas == RODADAS {
                return resultado;
            }
            rodadas += 1;
        }
    }
}

fn conferir_relatorio(
    aluno: &mut Processo,
    feito: &str,
    certas: &Certas,
    engano: impl Fn(&str) -> &'static str,
) -> Resultado {
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    let falha = |nome: &str, esperado: String| {
        Falha::nova(nome)
            .feito(feito)
            .esperado(esperado)
            .veio(format!(
                "Ele acabou com {}, e na saída {}.",
                fim.como(),
                mostrar(&fim.saida)
            ))
            .erros(fim.erros.clone())
    };
    let texto = String::from_utf8_lossy(&fim.saida);
    let linha = |nome: &str| {
        let achada = texto.lines().find_map(|linha| {
            let (este, resto) = linha.split_once(':')?;
            (este.trim() == nome).then(|| resto.trim())
        });
        achada.ok_or_else(|| falha("sem-relatorio", format!("Uma linha “{nome}: …”.")))
    };
    for (nome, certa) in [
        ("únicas", certas.unicas),
        ("repetidas", certas.repetidas),
        ("ultrapassadas", certas.ultrapassadas),
        ("perdidas", certas.perdidas),
        ("no fim", certas.no_fim),
    ] {
        exigir(linha(nome)? == certa.to_string(), || {
            falha(engano(nome), format!("A linha “{nome}: {certa}”."))
        })?;
    }
    let perda = linha("perda")?
        .trim_end_matches('%')
        .trim()
        .replace(',', ".");
    let perto = |perda: f64| (perda - certas.perda).abs() < 0.11;
    exigir(perda.parse().is_ok_and(perto), || {
        let certa = format!("{:.1}", certas.perda).replace('.', ",");
        falha("perda", format!("A linha “perda: {certa} %”."))
    })?;
    let fecha = texto.lines().any(|linha| linha.trim() == "a conta fecha");
    exigir(fecha == certas.fecha && fim.codigo == Some(0), || {
        falha(
            "conta-que-nao-fecha",
            if certas.fecha {
                "A linha “a conta fecha”, e o código 0.".to_string()
            } else {
                "Que a conta não fechasse: falta mais do que o caminho derrubou.".to_string()
            },
        )
    })
}

fn sonda(numero: u32) -> Vec<u8> {
    [b"S", &numero.to_be_bytes()[..]].concat()
}
