//! As linhas de `dois-computadores.csv`. O formato está em [`crate::par`].

use sockets::medir::estatistica::Intervalo;

use super::medida::{Medida, Visto};
use super::roteiro::Ensaio;
use crate::ambiente::{SEM_OTIMIZACAO, otimizado};
use crate::experimentos::datagramas::porcento::{intervalo, porcento};
use crate::experimentos::latencia::{Demoras, Unidade};
use crate::par::perguntas::Respostas;
use crate::par::protocolo::{Bytes, Chegadas, Duvidas, Envio, Pedido, Serie};
use crate::resultados::{Linha, Valor};

/// A tabela.
pub const TABELA: &str = "dois-computadores";

/// As casas de uma percentagem.
const CASAS: usize = 3;

/// De que rodada e com que semente é uma medida.
#[derive(Debug, Clone, Copy)]
pub struct Rodada {
    /// Qual, desde 1.
    pub numero: u32,
    /// A semente dela.
    pub semente: u64,
}

/// Quem contou um número.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quem {
    Cliente,
    Servidor,
}

impl Quem {
    fn nome(self) -> &'static str {
        match self {
            Self::Cliente => "cliente",
            Self::Servidor => "servidor",
        }
    }

    /// Quem manda e quem recebe neste sentido, o dos ensaios de um sentido só.
    fn do_sentido(ensaio: &Ensaio) -> (Self, Self) {
        if ensaio.sentido() == "volta" {
            (Self::Servidor, Self::Cliente)
        } else {
            (Self::Cliente, Self::Servidor)
        }
    }
}

/// As linhas de uma medida.
#[must_use]
pub fn linhas(rodada: Rodada, ensaio: &Ensaio, medida: &Medida) -> Vec<Linha> {
    let mut tabela = Tabela {
        rodada,
        ensaio: *ensaio,
        serie: match medida.pedido {
            Pedido::Eco { serie, .. } | Pedido::Datagramas { serie, .. } => {
                Some(serie)
            }
            Pedido::Fluxo { .. } => None,
        },
        congestionamento: String::new(),
        ressalva: ressalvas(ensaio, medida).join("; "),
        linhas: Vec::new(),
    };
    let (manda, recebe) = Quem::do_sentido(ensaio);
    match &medida.visto {
        Visto::Respostas(respostas) => tabela.respostas(respostas),
        Visto::Datagramas { envio, chegadas } => {
            tabela.envio(manda, envio);
            tabela.chegadas(recebe, envio, chegadas);
            if matches!(ensaio, Ensaio::Vazao(..)) {
                let oferecida = mbits(envio.bytes, envio.intervalo_ns);
                tabela.vazao("oferecida", oferecida, manda);
                tabela.vazao("vazao", vazao_mbits(medida), recebe);
            }
        }
        Visto::Bytes { envio, bytes } => {
            tabela.congestionamento =
                sockets::visivel(envio.congestionamento.as_bytes());
            tabela.fluxo(manda, recebe, envio, bytes);
            tabela.vazao("vazao", vazao_mbits(medida), recebe);
        }
    }
    tabela.linhas
}

/// Quantos megabits por segundo se receberam; `None` quando não dá para dizer.
///
/// Em datagramas, são os bytes dos que são diferentes, no maior dos dois intervalos, o
/// dos envios e o das chegadas: uma fila que junta as chegadas não vira vazão, e o que
/// ela segurou até depois dos envios também não.
#[must_use]
pub fn vazao_mbits(medida: &Medida) -> Option<f64> {
    match (&medida.visto, medida.pedido) {
        (
            Visto::Datagramas { envio, chegadas },
            Pedido::Datagramas { serie, .. },
        ) => {
            let bytes = chegadas.unicos.saturating_mul(serie.tamanho.into());
            let intervalo = envio.intervalo_ns.max(chegadas.intervalo_ns);
            mbits(bytes, intervalo)
        }
        (Visto::Bytes { bytes, .. }, _) => {
            mbits(bytes.na_janela, bytes.janela_ns)
        }
        _ => None,
    }
}

/// Megabits por segundo: bits por microssegundo.
#[expect(
    clippy::cast_precision_loss,
    reason = "só acima de 2⁵³, e a vazão não tem tantos algarismos"
)]
pub(super) fn mbits(bytes: u64, ns: u64) -> Option<f64> {
    (ns > 0).then(|| bytes as f64 * 8e3 / ns as f64)
}

/// As linhas que se vão juntando.
struct Tabela {
    rodada: Rodada,
    ensaio: Ensaio,
    serie: Option<Serie>,
    congestionamento: String,
    ressalva: String,
    linhas: Vec<Linha>,
}

impl Tabela {
    fn por(
        &mut self,
        medida: &'static str,
        valor: Valor,
        unidade: &'static str,
        quem: Quem,
    ) {
        self.com_intervalo(medida, valor, unidade, quem, None);
    }

    fn com_intervalo(
        &mut self,
        medida: &'static str,
        valor: Valor,
        unidade: &'static str,
        quem: Quem,
        intervalo: Option<Intervalo>,
    ) {
        let texto = |texto: &str| Valor::Texto(texto.into());
        let da_serie = |campo: fn(&Serie) -> u32| {
            self.serie.as_ref().map_or(Valor::Ausente, |serie| {
                Valor::Inteiro(campo(serie).into())
            })
        };
        let extremo = |campo: fn(&Intervalo) -> f64| {
            intervalo.as_ref().map_or(Valor::Ausente, |intervalo| {
                Valor::Medida(campo(intervalo), CASAS)
            })
        };
        self.linhas.push(Linha {
            tabela: TABELA,
            campos: vec![
                ("rodada", Valor::Inteiro(self.rodada.numero.into())),
                ("semente", Valor::Inteiro(self.rodada.semente)),
                ("ensaio", texto(self.ensaio.nome())),
                ("medida", texto(medida)),
                ("protocolo", texto(self.ensaio.protocolo().nome())),
                ("sentido", texto(self.ensaio.sentido())),
                ("tamanho", da_serie(|serie| serie.tamanho)),
                ("ritmo", da_serie(|serie| serie.ritmo)),
                ("valor", valor),
                ("unidade", texto(unidade)),
                ("de", extremo(|intervalo| intervalo.de)),
                ("ate", extremo(|intervalo| intervalo.ate)),
                ("quem", texto(quem.nome())),
                ("congestionamento", texto(&self.congestionamento)),
                ("ressalva", texto(&self.ressalva)),
            ],
        });
    }

    fn contagem(&mut self, medida: &'static str, quantos: u64, quem: Quem) {
        self.por(medida, Valor::Inteiro(quantos), "datagramas", quem);
    }

    /// Uma contagem que só alguns sistemas fazem.
    fn talvez(
        &mut self,
        medida: &'static str,
        quantos: Option<u64>,
        unidade: &'static str,
        quem: Quem,
    ) {
        let antes = self.ressalva.clone();
        if quantos.is_none() {
            let nao_se_sabe =
                format!("o sistema do {} não diz: não se sabe", quem.nome());
            self.ressalva = [antes.as_str(), &nao_se_sabe]
                .into_iter()
                .filter(|texto| !texto.is_empty())
                .collect::<Vec<_>>()
                .join("; ");
        }
        let valor = quantos.map_or(Valor::Ausente, Valor::Inteiro);
        self.por(medida, valor, unidade, quem);
        self.ressalva = antes;
    }

    fn respostas(&mut self, respostas: &Respostas) {
        let quem = Quem::Cliente;
        let chegadas = &respostas.chegadas;
        let enviados = respostas.envio.enviados;
        self.por("perguntas", Valor::Inteiro(enviados), "mensagens", quem);
        self.por(
            "respostas",
            Valor::Inteiro(chegadas.unicos),
            "mensagens",
            quem,
        );
        let sem = enviados.saturating_sub(chegadas.unicos);
        self.com_intervalo(
            "sem_resposta",
            percentagem(porcento(sem, enviados)),
            "%",
            quem,
            (enviados > 0).then(|| intervalo(sem, enviados)),
        );
        let demoras = Demoras::novas(&respostas.demoras);
        for (medida, p) in [("p50", 50.0), ("p90", 90.0), ("p99", 99.0)] {
            let demora = demoras.percentil(p, Unidade::Ms);
            self.por(medida, demora, "ms", quem);
        }
        self.por("maior", demoras.maior(Unidade::Ms), "ms", quem);
    }

    fn envio(&mut self, quem: Quem, envio: &Envio) {
        self.contagem("enviados", envio.enviados, quem);
        self.contagem("erros_de_envio", envio.erros, quem);
    }

    fn chegadas(&mut self, quem: Quem, envio: &Envio, chegadas: &Chegadas) {
        let perdidos = envio.enviados.saturating_sub(chegadas.unicos);
        self.contagem("unicos", chegadas.unicos, quem);
        self.contagem("duplicados", chegadas.repetidos, quem);
        self.contagem("fora_de_ordem", chegadas.ultrapassados, quem);
        self.contagem("perdidos", perdidos, quem);
        self.com_intervalo(
            "perda",
            percentagem(porcento(perdidos, envio.enviados)),
            "%",
            quem,
            (envio.enviados > 0).then(|| intervalo(perdidos, envio.enviados)),
        );
        self.talvez("sem_buffer", chegadas.sem_buffer, "datagramas", quem);
        self.por("buffer", Valor::Inteiro(chegadas.buffer), "bytes", quem);
        let variacao = chegadas.variacao_ns.map(milissegundos);
        self.por("variacao", medida(variacao, CASAS), "ms", quem);
    }

    fn vazao(&mut self, qual: &'static str, mbits: Option<f64>, quem: Quem) {
        self.por(qual, medida(mbits, CASAS), "Mb/s", quem);
    }

    fn fluxo(
        &mut self,
        manda: Quem,
        recebe: Quem,
        envio: &Envio,
        bytes: &Bytes,
    ) {
        let mandados = Valor::Inteiro(envio.bytes);
        self.por("bytes_enviados", mandados, "bytes", manda);
        let recebidos = Valor::Inteiro(bytes.recebidos);
        self.por("bytes_recebidos", recebidos, "bytes", recebe);
        self.talvez("retransmitidos", envio.retransmitidos, "segmentos", manda);
    }
}

fn percentagem(porcento: Option<f64>) -> Valor {
    medida(porcento, CASAS)
}

fn medida(medida: Option<f64>, casas: usize) -> Valor {
    medida.map_or(Valor::Ausente, |medida| Valor::Medida(medida, casas))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "só acima de 2⁵³ ns, que são cem dias"
)]
fn milissegundos(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// O que se tem contra os números desta medida.
fn ressalvas(ensaio: &Ensaio, medida: &Medida) -> Vec<String> {
    let mut ressalvas = Vec::new();
    let mut duvidas = |quem: &str, duvidas: Duvidas| {
        ressalvas.extend(
            duvidas
                .iter()
                .map(|duvida| format!("{quem} {}", duvida.frase())),
        );
    };
    duvidas("o servidor", medida.minhas);
    duvidas("o servidor não acredita: o cliente", medida.dele);
    let envio = match &medida.visto {
        Visto::Respostas(respostas) => &respostas.envio,
        Visto::Datagramas { envio, .. } | Visto::Bytes { envio, .. } => envio,
    };
    if envio.erros > 0 {
        let erros = envio.erros;
        ressalvas.push(format!("{erros} envios não deram certo"));
    }
    if let Pedido::Eco { serie, .. } | Pedido::Datagramas { serie, .. } =
        medida.pedido
    {
        let tentados = envio.enviados.saturating_add(envio.erros);
        let pedidos = u64::from(serie.quantos);
        if tentados < pedidos {
            ressalvas.push(format!("só se mandaram {tentados} de {pedidos}"));
        }
        let so_vazao = matches!(ensaio, Ensaio::Vazao(..));
        if !so_vazao && devagar(&serie, envio) {
            ressalvas.push("quem mandava não deu conta do ritmo".into());
        }
    }
    match &medida.visto {
        Visto::Datagramas { chegadas, .. } => {
            match chegadas.sem_buffer.unwrap_or_default() {
                0 => {}
                n => ressalvas.push(format!(
                    "o buffer de quem recebia perdeu {n}: não foi a rede"
                )),
            }
        }
        Visto::Bytes { bytes, .. } if bytes.janela_ns == 0 => {
            ressalvas.push("o fluxo acabou antes de se poder medir".into());
        }
        _ => {}
    }
    if !otimizado() {
        ressalvas.push(SEM_OTIMIZACAO.into());
    }
    ressalvas
}

/// Se quem mandava mandou mais de 5 % mais devagar do que se pediu.
fn devagar(serie: &Serie, envio: &Envio) -> bool {
    let intervalos = u128::from(envio.enviados.saturating_sub(1));
    let esperado = intervalos * 1_000_000_000 / u128::from(serie.ritmo.max(1));
    u128::from(envio.intervalo_ns) * 100 > esperado * 105 && intervalos > 0
}
