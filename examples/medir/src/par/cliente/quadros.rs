//! O que o cliente mostra no fim: um quadro por ensaio, com todas as rodadas juntas.

use std::collections::BTreeSet;

use sockets::medir::estatistica::Resumo;

use super::linhas::TABELA;
use crate::experimentos::datagramas::porcento::{intervalo, porcento};
use crate::resultados::numeros::{com_algarismos, com_casas};
use crate::resultados::quadro::{Lado, Quadro, quebrar};
use crate::resultados::{Linha, Valor};

/// A célula do que não se sabe.
const NAO_SE_SABE: &str = "–";

/// As linhas de texto que resumem `linhas`, que são as da tabela.
#[must_use]
pub fn mostrar(linhas: &[Linha]) -> Vec<String> {
    let tudo = Medidas::todas(linhas);
    let mut texto = Vec::new();
    for quadro in [ida_e_volta(&tudo), perda(&tudo), vazao(&tudo)] {
        if !quadro.is_empty() {
            texto.extend(quadro);
            texto.push(String::new());
        }
    }
    for ressalva in tudo.ressalvas() {
        texto.extend(quebrar(&format!("* {ressalva}")));
    }
    texto.extend(quebrar(
        "O atraso de um sentido só não está aqui: os relógios dos dois computadores \
         não marcam a mesma hora.",
    ));
    texto
}

/// As linhas da tabela que se escolheram.
#[derive(Clone)]
struct Medidas<'l>(Vec<&'l Linha>);

impl<'l> Medidas<'l> {
    fn todas(linhas: &'l [Linha]) -> Self {
        let da_tabela = linhas.iter().filter(|l| l.tabela == TABELA);
        Self(da_tabela.collect())
    }

    fn com(&self, coluna: &str, valor: &str) -> Self {
        let linhas = self.0.iter().copied();
        Self(linhas.filter(|l| celula(l, coluna) == valor).collect())
    }

    /// Os valores diferentes de uma coluna, na ordem em que aparecem.
    fn diferentes(&self, coluna: &str) -> Vec<String> {
        let mut vistos = BTreeSet::new();
        let celulas = self.0.iter().map(|linha| celula(linha, coluna));
        celulas.filter(|c| vistos.insert(c.clone())).collect()
    }

    /// Os números de uma medida, um por rodada; o que não se sabe não está.
    fn numeros(&self, medida: &str) -> Vec<f64> {
        let linhas = self.com("medida", medida).0;
        let numeros = linhas.iter().filter_map(|l| numero(l, "valor"));
        numeros.collect()
    }

    /// Quantos, em todas as rodadas; `None` se em alguma não se sabe.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "são contagens pequenas"
    )]
    fn soma(&self, medida: &str) -> Option<u64> {
        let linhas = self.com("medida", medida).0;
        let numeros = linhas.iter().map(|l| numero(l, "valor"));
        let soma: Option<f64> = numeros.sum();
        soma.map(|soma| soma as u64)
    }

    fn mediana(&self, medida: &str) -> String {
        let resumo = Resumo::de(&self.numeros(medida));
        resumo.map_or(NAO_SE_SABE.into(), |r| com_algarismos(r.mediana))
    }

    fn faixa(&self, medida: &str) -> String {
        let resumo = Resumo::de(&self.numeros(medida));
        // Com uma rodada só não há faixa.
        resumo.filter(|r| r.n > 1).map_or(NAO_SE_SABE.into(), |r| {
            format!("{} a {}", com_algarismos(r.menor), com_algarismos(r.maior))
        })
    }

    fn maior(&self, medida: &str) -> String {
        let resumo = Resumo::de(&self.numeros(medida));
        resumo.map_or(NAO_SE_SABE.into(), |r| com_algarismos(r.maior))
    }

    /// `*`, se algum número tem contra ele mais do que não se saber.
    fn marca(&self) -> &'static str {
        let marcada = self.0.iter().any(|linha| {
            !celula(linha, "ressalva").is_empty()
                && numero(linha, "valor").is_some()
        });
        if marcada { "*" } else { "" }
    }

    /// As ressalvas diferentes, cada uma com o que ela atinge.
    fn ressalvas(&self) -> Vec<String> {
        let mut ressalvas = BTreeSet::new();
        for linha in &self.0 {
            let ressalva = celula(linha, "ressalva");
            if !ressalva.is_empty() && numero(linha, "valor").is_some() {
                ressalvas.insert(format!(
                    "{} por {}, {}: {ressalva}",
                    celula(linha, "ensaio"),
                    celula(linha, "protocolo"),
                    celula(linha, "sentido")
                ));
            }
        }
        ressalvas.into_iter().collect()
    }
}

fn celula(linha: &Linha, coluna: &str) -> String {
    let campo = linha.campos.iter().find(|(nome, _)| *nome == coluna);
    match campo {
        Some((_, Valor::Texto(texto))) => texto.clone(),
        Some((_, Valor::Inteiro(numero))) => numero.to_string(),
        Some((_, Valor::Medida(medida, casas))) => {
            format!("{medida:.casas$}")
        }
        Some((_, Valor::Ausente)) | None => String::new(),
    }
}

fn numero(linha: &Linha, coluna: &str) -> Option<f64> {
    celula(linha, coluna).parse().ok()
}

/// Um quadro com estas colunas, a primeira à esquerda.
fn quadro(colunas: &[&str]) -> Quadro {
    let mut quadro = Quadro::default();
    for (qual, coluna) in colunas.iter().enumerate() {
        let lado = if qual == 0 {
            Lado::Esquerda
        } else {
            Lado::Direita
        };
        quadro.coluna(coluna, lado);
    }
    quadro
}

fn contar(quantos: Option<u64>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "são contagens pequenas")]
    quantos.map_or(NAO_SE_SABE.into(), |n| com_casas(n as f64, 0))
}

/// A perda de todas as rodadas juntas, e o intervalo dela.
fn perdeu(perdidos: Option<u64>, enviados: Option<u64>) -> [String; 2] {
    let juntos = perdidos.zip(enviados);
    let perda = juntos.and_then(|(p, n)| Some((porcento(p, n)?, p, n)));
    perda.map_or([NAO_SE_SABE.into(), NAO_SE_SABE.into()], |(perda, p, n)| {
        let faixa = intervalo(p, n);
        let [de, ate] = [faixa.de, faixa.ate].map(|e| com_casas(e, 2));
        [com_casas(perda, 2), format!("{de} a {ate}")]
    })
}

fn ida_e_volta(tudo: &Medidas<'_>) -> Vec<String> {
    let ensaio = tudo.com("ensaio", "ida-e-volta");
    let mut quadro = quadro(&[
        "protocolo",
        "respostas",
        "p50 ms",
        "faixa do p50",
        "p90 ms",
        "p99 ms",
        "maior ms",
    ]);
    let protocolos = ensaio.diferentes("protocolo");
    for protocolo in &protocolos {
        let estas = ensaio.com("protocolo", protocolo);
        let perguntas = estas.soma("perguntas");
        let respostas = estas.soma("respostas");
        quadro.linha(vec![
            protocolo.clone(),
            format!("{} de {}", contar(respostas), contar(perguntas)),
            estas.mediana("p50"),
            estas.faixa("p50"),
            estas.mediana("p90"),
            estas.mediana("p99"),
            estas.maior("maior") + estas.marca(),
        ]);
    }
    com_titulo("ida e volta (mensagens de 64 bytes)", &protocolos, &quadro)
}

fn perda(tudo: &Medidas<'_>) -> Vec<String> {
    let ensaio = tudo.com("ensaio", "perda");
    let mut texto = Vec::new();
    for tamanho in ensaio.diferentes("tamanho") {
        let deste = ensaio.com("tamanho", &tamanho);
        for ritmo in deste.diferentes("ritmo") {
            if !texto.is_empty() {
                texto.push(String::new());
            }
            texto.extend(perda_de(&deste.com("ritmo", &ritmo)));
        }
    }
    texto
}

/// A perda dos datagramas de um tamanho e de um ritmo.
fn perda_de(estas: &Medidas<'_>) -> Vec<String> {
    let mut quadro = quadro(&[
        "sentido",
        "enviados",
        "perdidos",
        "perda %",
        "de 95 % entre",
        "variação ms",
        "sem buffer",
    ]);
    let mut sentidos = estas.diferentes("sentido");
    sentidos.sort_unstable();
    for sentido in &sentidos {
        let deste = estas.com("sentido", sentido);
        let (enviados, perdidos) =
            (deste.soma("enviados"), deste.soma("perdidos"));
        let [perda, faixa] = perdeu(perdidos, enviados);
        quadro.linha(vec![
            sentido.clone(),
            contar(enviados),
            contar(perdidos),
            perda,
            faixa,
            deste.mediana("variacao"),
            contar(deste.soma("sem_buffer")) + deste.marca(),
        ]);
    }
    let inteiro = |coluna: &str| {
        let linha = estas.0.first();
        com_casas(linha.and_then(|l| numero(l, coluna)).unwrap_or(0.0), 0)
    };
    let titulo = format!(
        "perda de datagramas de {} bytes, {} por segundo",
        inteiro("tamanho"),
        inteiro("ritmo")
    );
    com_titulo(&titulo, &sentidos, &quadro)
}

fn vazao(tudo: &Medidas<'_>) -> Vec<String> {
    let ensaio = tudo.com("ensaio", "vazao");
    let mut quadro = quadro(&[
        "protocolo",
        "sentido",
        "oferecida Mb/s",
        "recebida Mb/s",
        "faixa",
        "perda %",
    ]);
    let protocolos = ensaio.diferentes("protocolo");
    for protocolo in &protocolos {
        let dele = ensaio.com("protocolo", protocolo);
        let mut sentidos = dele.diferentes("sentido");
        sentidos.sort_unstable();
        for sentido in sentidos {
            let deste = dele.com("sentido", &sentido);
            let perda = if deste.numeros("enviados").is_empty() {
                NAO_SE_SABE.into()
            } else {
                let [perda, _] =
                    perdeu(deste.soma("perdidos"), deste.soma("enviados"));
                perda
            };
            quadro.linha(vec![
                protocolo.clone(),
                sentido,
                deste.mediana("oferecida"),
                deste.mediana("vazao"),
                deste.faixa("vazao"),
                perda + deste.marca(),
            ]);
        }
    }
    com_titulo("vazão", &protocolos, &quadro)
}

/// O quadro com o título em cima; nada, se ele não tem linhas.
fn com_titulo(titulo: &str, linhas: &[String], quadro: &Quadro) -> Vec<String> {
    if linhas.is_empty() {
        return Vec::new();
    }
    let mut texto = vec![titulo.to_string()];
    texto.extend(quadro.desenhar());
    texto
}
