//! O exercício `datagramas`.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use super::apoio::{gotejar, insistir};
use crate::Sorte::{Atrasa, Passa, Perde, Repete};
use crate::{Datagramas, Falha, Processo, Programa, Resultado, Sentido, exigir, mostrar};

/// As contas, na ordem em que o enunciado as pede.
const CONTAS: [&str; 5] = [
    "diferentes",
    "perdidos",
    "repetidos",
    "fora de ordem",
    "compridos",
];

/// O prazo, em milissegundos, de quem não deve chegar a ele.
const LONGE: &str = "30000";

/// Quanto se pinga antes de dizer que a espera não acaba: dez vezes o prazo dado.
const DEMAIS: Duration = Duration::from_secs(3);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    tudo_chega(programa)?;
    estrada_ruim(programa)?;
    estrada_sorteada(programa)?;
    datagramas_curtos(programa)?;
    comprido_demais(programa)?;
    um_estranho(programa)?;
    hora_marcada(programa)
}

/// Cinco cartões, na ordem, e o fim.
fn tudo_chega(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, "5", LONGE)?;
    prova.mandar(1..=5)?;
    let feito = "Mandei os cartões 1 a 5, na ordem, e o de número 0.";
    prova.relatorio(feito, [5, 0, 0, 0, 0], "prazo-e-erro", |conta, lido| {
        if conta == "diferentes" && lido == 0 {
            "ordem-dos-bytes"
        } else {
            da_conta(conta)
        }
    })
}

/// O roteiro do capítulo: o 2 e o 8 se perdem, o 4 e o 10 se repetem, o 5 e o 11 se
/// atrasam. No fim, mais uma cópia do 3.
fn estrada_ruim(programa: &Programa) -> Resultado {
    let sortes = [
        Passa, Perde, Passa, Repete, Atrasa, Passa, Passa, Perde, Passa, Repete, Atrasa, Passa,
    ];
    let mut prova = Prova::pela(programa, "12", LONGE, Sentido::roteiro(&sortes))?;
    prova.mandar((1..=12).chain([3]))?;
    let feito = "Mandei 12 cartões por uma estrada que perdeu o 2 e o 8, repetiu o 4 e o 10 e fez o 5 chegar depois do 6 e o 11 depois do 12; por último, outra cópia do 3 e o cartão 0.";
    prova.relatorio(feito, [10, 2, 3, 2, 0], "prazo-e-erro", |conta, _| {
        da_conta(conta)
    })
}

/// Sessenta cartões por uma estrada sorteada, com a conta feita aqui também.
fn estrada_sorteada(programa: &Programa) -> Resultado {
    for semente in [4737, 768] {
        let (mut vistos, mut maior) = ([false; 61], 0);
        let (mut repetidos, mut fora) = (0, 0);
        let mut ensaio = Sentido::sorteado(semente);
        for numero in (1..=60_u8).flat_map(|n| ensaio.levar(&[n])) {
            let numero = usize::from(numero[0]);
            if std::mem::replace(&mut vistos[numero], true) {
                repetidos += 1;
            } else if numero < maior {
                fora += 1;
            }
            maior = maior.max(numero);
        }
        let diferentes = vistos.iter().map(|v| i64::from(*v)).sum();
        let mut prova = Prova::pela(programa, "60", LONGE, Sentido::sorteado(semente))?;
        prova.mandar(1..=60)?;
        let feito = format!(
            "Mandei 60 cartões por uma estrada sorteada (semente {semente}), e o cartão 0."
        );
        let certas = [diferentes, 60 - diferentes, repetidos, fora, 0];
        prova.relatorio(&feito, certas, "prazo-e-erro", |conta, _| da_conta(conta))?;
    }
    Ok(())
}

/// O que não tem nem um número inteiro não é um cartão, e muito menos o fim.
fn datagramas_curtos(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, "3", LONGE)?;
    prova.mandar_um(1)?;
    for curto in [&b""[..], &[0], &[0, 0, 0]] {
        prova.cru(curto)?;
    }
    prova.mandar([2, 999, 3])?;
    let feito = "Mandei o cartão 1, três datagramas de 0, 1 e 3 bytes, os cartões 2, 999 (que não existe) e 3, e o 0.";
    prova.relatorio(
        feito,
        [3, 0, 0, 0, 0],
        "nao-e-cartao",
        |_, _| "nao-e-cartao",
    )
}

/// Um cartão que não cabe é acusado, e não cortado.
fn comprido_demais(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, "3", LONGE)?;
    prova.mandar_um(1)?;
    let mut comprido = 2_u32.to_be_bytes().to_vec();
    comprido.resize(600, b'x');
    prova.cru(&comprido)?;
    let mut justo = 3_u32.to_be_bytes().to_vec();
    justo.resize(512, b'x');
    prova.cru(&justo)?;
    prova.mandar([])?;
    let feito = "Mandei o cartão 1, o 2 com 600 bytes, o 3 com 512 exatos, e o 0.";
    prova.relatorio(feito, [2, 1, 0, 0, 1], "comprido", |_, _| "comprido")
}

/// Só conta o que vem de quem mandou o primeiro cartão.
fn um_estranho(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, "4", LONGE)?;
    let estranho = Datagramas::novo()?;
    prova.mandar_um(1)?;
    for numero in [3, 1, 0_u32] {
        estranho.enviar(&numero.to_be_bytes(), prova.destino)?;
    }
    prova.mandar([2, 4])?;
    let feito =
        "Mandei o cartão 1; de outro socket, um 3, um 1 e um 0; do primeiro, o 2, o 4 e o 0.";
    prova.relatorio(feito, [3, 1, 0, 0, 0], "estranho", |_, _| "estranho")
}

/// O prazo é da espera toda, por mais que pingue.
fn hora_marcada(programa: &Programa) -> Resultado {
    let feito = "Dei 300 ms de prazo, e durante esse tempo e depois dele mandei, a cada 50 ms, um datagrama de 2 bytes, que não é um cartão.";
    insistir(|| {
        let mut prova = Prova::nova(programa, "7", "300")?;
        let desistiu = gotejar(Duration::from_millis(300), DEMAIS, || {
            let mandou = prova.cru(b"oi").is_ok();
            thread::sleep(Duration::from_millis(50));
            mandou && prova.aluno.roda()
        });
        exigir(desistiu != Some(false), || {
            Falha::nova("espera-sem-fim")
                .feito(feito)
                .esperado("Que ele relatasse quando os 300 ms passassem.")
                .veio("3 s depois ele ainda esperava.")
        })?;
        prova.relatorio(
            feito,
            [0, 7, 0, 0, 0],
            "prazo-e-erro",
            |_, _| "prazo-e-erro",
        )?;
        Ok(desistiu.map(|_| ()))
    })
}

fn da_conta(conta: &str) -> &'static str {
    match conta {
        "diferentes" => "diferentes",
        "perdidos" => "perdidos",
        "repetidos" => "repetidos",
        "fora de ordem" => "fora-de-ordem",
        _ => "comprido",
    }
}

/// Um programa que recebe, e de onde se manda a ele.
struct Prova {
    aluno: Processo,
    destino: SocketAddr,
    daqui: Datagramas,
    ida: Sentido,
}

impl Prova {
    fn nova(programa: &Programa, quantos: &str, prazo: &str) -> Resultado<Self> {
        Self::pela(programa, quantos, prazo, Sentido::livre())
    }

    fn pela(programa: &Programa, quantos: &str, prazo: &str, ida: Sentido) -> Resultado<Self> {
        let mut aluno = programa.rodar(&["127.0.0.1:0", quantos, prazo])?;
        let destino = aluno.endereco().map_err(|falha| {
            falha.depois_de(format!(
                "Rodei o programa com 127.0.0.1:0 {quantos} {prazo}."
            ))
        })?;
        let daqui = Datagramas::novo()?;
        Ok(Self {
            aluno,
            destino,
            daqui,
            ida,
        })
    }

    /// Manda um datagrama que não passa pela estrada.
    fn cru(&self, datagrama: &[u8]) -> Resultado {
        self.daqui.enviar(datagrama, self.destino)
    }

    /// Põe na estrada o cartão deste número.
    fn mandar_um(&mut self, numero: u32) -> Resultado {
        let mut cartao = numero.to_be_bytes().to_vec();
        cartao.extend_from_slice(b"um cart\xc3\xa3o");
        for datagrama in self.ida.levar(&cartao) {
            self.cru(&datagrama)?;
        }
        Ok(())
    }

    /// Manda estes cartões, espera que a estrada escoe, e manda o 0.
    fn mandar(&mut self, numeros: impl IntoIterator<Item = u32>) -> Resultado {
        for numero in numeros {
            self.mandar_um(numero)?;
        }
        for datagrama in self.ida.escoar() {
            self.cru(&datagrama)?;
        }
        self.cru(&[0; 4])
    }

    /// Confere o relatório e o fim. `se_falha` é o diagnóstico de quem acaba com um erro:
    /// ao cartão que não cabe no buffer, um sistema corta e outro recusa. `engano` diz que
    /// diagnóstico merece uma conta errada, pelo nome dela e pelo que veio.
    fn relatorio(
        &mut self,
        feito: &str,
        certas: [i64; 5],
        se_falha: &str,
        engano: impl Fn(&str, i64) -> &'static str,
    ) -> Resultado {
        let fim = self.aluno.fim().map_err(|falha| {
            falha
                .depois_de(feito)
                .quando("nao-termina", "espera-sem-fim")
        })?;
        exigir(fim.codigo == Some(0), || {
            Falha::nova(se_falha)
                .feito(feito)
                .esperado("O relatório, e o código de saída 0.")
                .veio(format!(
                    "Ele acabou com {}, e na saída {}.",
                    fim.como(),
                    mostrar(&fim.saida)
                ))
                .erros(fim.erros.clone())
        })?;
        let texto = String::from_utf8_lossy(&fim.saida);
        for (conta, certa) in CONTAS.into_iter().zip(certas) {
            let lido = texto.lines().find_map(|linha| {
                let (nome, numero) = linha.split_once(':')?;
                (nome.trim() == conta).then(|| numero.trim().parse().ok())?
            });
            let falha = |nome: &str| {
                Falha::nova(nome)
                    .feito(feito)
                    .esperado(format!("A linha “{conta}: {certa}”."))
                    .veio(mostrar(&fim.saida))
            };
            let lido: i64 = lido.ok_or_else(|| falha("sem-relatorio"))?;
            exigir(lido == certa, || falha(engano(conta, lido)))?;
        }
        Ok(())
    }
}
