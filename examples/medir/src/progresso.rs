//! O que se vê enquanto se mede: o que roda, quanto passou e quanto falta.
//!
//! Em um terminal, uma barra que se redesenha uma vez por segundo; sem ele, uma linha
//! por experimento. Sai tudo pela saída de erro: a padrão fica para os resultados.

use std::collections::BTreeMap;
use std::env;
use std::io::{IsTerminal, Write as _, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// De quanto em quanto tempo a barra se redesenha: o bastante para se ver que anda, e
/// raro para quem mede.
const REDESENHO: Duration = Duration::from_secs(1);

/// A barra: o que roda, na primeira linha; na segunda, quanto.
const MODELO: &str = "{wide_msg}\n[{bar:30}] {andamento}";

/// Quantas partes tem a barra.
const PARTES: u64 = 1000;

/// Quanto falta, pelas estimativas corrigidas pelo que já se mediu.
#[derive(Debug, Clone, Default)]
pub struct Previsao {
    partes: BTreeMap<&'static str, Andamento>,
    /// O passo que roda: de quem, quanto deve demorar e desde quando.
    agora: Option<(&'static str, Duration, Instant)>,
    passou: Duration,
}

/// O que se sabe de um experimento.
#[derive(Debug, Clone, Copy, Default)]
struct Andamento {
    /// O que se estimava para os passos que faltam começar.
    a_fazer: Duration,
    /// O que se estimava para os que acabaram.
    estimado: Duration,
    /// O que eles demoraram.
    medido: Duration,
}

impl Previsao {
    /// Acrescenta um passo a fazer.
    pub fn acrescentar(&mut self, experimento: &'static str, dele: Duration) {
        self.partes.entry(experimento).or_default().a_fazer += dele;
    }

    /// Um passo começa.
    pub fn comecar(
        &mut self,
        experimento: &'static str,
        estimativa: Duration,
        agora: Instant,
    ) {
        let parte = self.partes.entry(experimento).or_default();
        parte.a_fazer = parte.a_fazer.saturating_sub(estimativa);
        self.agora = Some((experimento, estimativa, agora));
    }

    /// O passo que rodava acaba.
    pub fn acabar(&mut self, agora: Instant) {
        let Some((experimento, estimativa, comeco)) = self.agora.take() else {
            return;
        };
        let demorou = agora.saturating_duration_since(comeco);
        let parte = self.partes.entry(experimento).or_default();
        parte.estimado += estimativa;
        parte.medido += demorou;
        self.passou += demorou;
    }

    /// Quanto passou até `agora`, e quanto falta.
    #[must_use]
    pub fn ver(&self, agora: Instant) -> (Duration, Duration) {
        let no_passo = self.agora.map(|(experimento, estimativa, comeco)| {
            let passou = agora.saturating_duration_since(comeco);
            let total = estimativa.mul_f64(self.fator(experimento));
            (passou, total.saturating_sub(passou))
        });
        let (passou, resta) = no_passo.unwrap_or_default();
        let partes = self.partes.iter();
        let falta: Duration = partes
            .map(|(nome, parte)| parte.a_fazer.mul_f64(self.fator(nome)))
            .sum();
        (self.passou + passou, falta + resta)
    }

    /// Por quanto se multiplica o que se estimou para um experimento: o que ele mostrou
    /// até agora ou, se ainda não começou, o que todos mostraram.
    fn fator(&self, experimento: &str) -> f64 {
        let razao = |medido: Duration, estimado: Duration| {
            (!estimado.is_zero())
                .then(|| medido.as_secs_f64() / estimado.as_secs_f64())
        };
        let dele = self.partes.get(experimento);
        let todos = self.partes.values();
        let (medido, estimado) = todos
            .fold((Duration::ZERO, Duration::ZERO), |(m, e), parte| {
                (m + parte.medido, e + parte.estimado)
            });
        dele.and_then(|parte| razao(parte.medido, parte.estimado))
            .or_else(|| razao(medido, estimado))
            .unwrap_or(1.0)
    }
}

/// O que se mostra.
pub struct Progresso {
    barra: Option<ProgressBar>,
    previsao: Arc<Mutex<Previsao>>,
}

impl Progresso {
    /// Começa a mostrar; cria uma thread, se há um terminal.
    #[must_use]
    pub fn novo(previsao: Previsao) -> Self {
        let previsao = Arc::new(Mutex::new(previsao));
        let burro = env::var_os("TERM").is_some_and(|termo| termo == "dumb");
        let barra = (stderr().is_terminal() && !burro)
            .then(|| barra(Arc::clone(&previsao)));
        Self { barra, previsao }
    }

    /// Um passo começa.
    pub fn comecar(
        &self,
        experimento: &'static str,
        chave: &str,
        estimativa: Duration,
    ) {
        self.mudar(|p| p.comecar(experimento, estimativa, Instant::now()));
        if let Some(barra) = &self.barra {
            barra.set_message(chave.to_string());
        }
    }

    /// O passo que rodava acaba.
    pub fn acabar(&self) {
        self.mudar(|previsao| previsao.acabar(Instant::now()));
        if let Some(barra) = &self.barra {
            let (passou, falta) = self.ver();
            let tudo = (passou + falta).as_micros().max(1);
            let parte = passou.as_micros() * u128::from(PARTES) / tudo;
            barra.set_position(u64::try_from(parte).unwrap_or(PARTES));
        }
    }

    /// Uma linha que fica. Se não há mais onde escrever, mede-se assim mesmo.
    pub fn dizer(&self, linha: &str) {
        match &self.barra {
            Some(barra) => barra.println(linha),
            None => drop(writeln!(stderr(), "{linha}")),
        }
    }

    /// Apaga a barra.
    pub fn fim(&self) {
        if let Some(barra) = &self.barra {
            barra.finish_and_clear();
        }
    }

    /// Quanto passou, e quanto falta.
    #[must_use]
    pub fn ver(&self) -> (Duration, Duration) {
        let previsao = self.previsao.lock();
        previsao
            .unwrap_or_else(PoisonError::into_inner)
            .ver(Instant::now())
    }

    fn mudar(&self, como: impl FnOnce(&mut Previsao)) {
        let previsao = self.previsao.lock();
        como(&mut previsao.unwrap_or_else(PoisonError::into_inner));
    }
}

fn barra(previsao: Arc<Mutex<Previsao>>) -> ProgressBar {
    let andamento = move |_: &ProgressState,
                          texto: &mut dyn std::fmt::Write| {
        let previsao = previsao.lock();
        let (passou, falta) = previsao
            .unwrap_or_else(PoisonError::into_inner)
            .ver(Instant::now());
        let _ =
            write!(texto, "passou {}, falta {}", tempo(passou), tempo(falta));
    };
    let estilo = ProgressStyle::with_template(MODELO)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("andamento", andamento);
    let barra = ProgressBar::new(PARTES).with_style(estilo);
    barra.enable_steady_tick(REDESENHO);
    barra
}

/// Um tempo como uma pessoa o espera: `42 s`, `3 min 05 s`, `12 min`.
#[must_use]
pub fn tempo(duracao: Duration) -> String {
    let segundos =
        duracao.as_secs() + u64::from(duracao.subsec_millis() >= 500);
    let (minutos, resto) = (segundos / 60, segundos % 60);
    match minutos {
        0 => format!("{segundos} s"),
        1..10 => format!("{minutos} min {resto:02} s"),
        _ => format!("{} min", minutos + resto / 30),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn o_que_falta_se_corrige_pelo_que_se_mediu() {
        let mut previsao = Previsao::default();
        for estimativa in [10, 10, 20] {
            previsao.acrescentar("perda", S(estimativa));
        }
        previsao.acrescentar("fila", S(100));
        let t0 = Instant::now();
        assert_eq!(previsao.ver(t0), (S(0), S(140)));
        previsao.comecar("perda", S(10), t0);
        assert_eq!(previsao.ver(t0 + S(4)), (S(4), S(136)));
        // Levou o dobro: tudo o que falta deve levar o dobro.
        previsao.acabar(t0 + S(20));
        assert_eq!(previsao.ver(t0 + S(20)), (S(20), S(60 + 200)));
        // A fila mostra que leva a metade, e a perda continua a levar o dobro.
        previsao.comecar("fila", S(100), t0 + S(20));
        assert_eq!(previsao.ver(t0 + S(30)), (S(30), S(60 + 190)));
        previsao.acabar(t0 + S(70));
        assert_eq!(previsao.ver(t0 + S(99)), (S(70), S(60)));
    }

    #[test]
    fn um_passo_que_passa_da_estimativa_nao_deixa_faltar_menos_que_nada() {
        let mut previsao = Previsao::default();
        previsao.acrescentar("perda", S(1));
        let t0 = Instant::now();
        previsao.comecar("perda", S(1), t0);
        assert_eq!(previsao.ver(t0 + S(9)), (S(9), S(0)));
    }

    #[test]
    fn o_tempo_se_le() {
        for (milissegundos, texto) in [
            (0, "0 s"),
            (1499, "1 s"),
            (59_600, "1 min 00 s"),
            (185_000, "3 min 05 s"),
            (754_000, "13 min"),
            (3_600_000, "60 min"),
        ] {
            assert_eq!(tempo(Duration::from_millis(milissegundos)), texto);
        }
    }
}
