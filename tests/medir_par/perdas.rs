//! O que se relata é o que aconteceu no caminho, ao datagrama, em cada sentido.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use provas::Falha;
use sockets::medir::sonda::Sonda;
use sockets::sorteio::Sorteio;

use crate::apoio::{Servidor, celulas, exigir, medir, ninguem_duvida, pasta, prova, soma, tabela};
use medir::par::protocolo::Mensagem;

use crate::procurador::{Para, Passagem, Procurador, Regras};

/// Os datagramas da perda: só neles o procurador mexe. O tamanho é de nenhum outro.
const TAMANHO: usize = 333;

/// Quantos se mandam em cada sentido, quando se olha só para os últimos. Em uma máquina
/// que para, nem todos saem.
const QUANTOS: u64 = 300;

/// As opções de quem manda só tantos, e devagar.
const POUCOS: [&str; 10] = [
    "--so",
    "perda",
    "--rodadas",
    "1",
    "--quantos",
    "300",
    "--ritmo",
    "100",
    "--tamanho",
    "333",
];

/// Quanto o caminho demora a trazer as boas-vindas. O cliente toma isto por uma ida e
/// volta, e espera três vezes mais pelas últimas: o que só se atrasa em uma máquina
/// ocupada não parece perdido.
const DEMORA: Duration = Duration::from_millis(700);

/// O que o caminho faz às mensagens: passa todas, e demora na primeira do servidor.
fn demorar(mensagem: &Mensagem) {
    if let Mensagem::BemVindo { .. } = mensagem {
        thread::sleep(DEMORA);
    }
}

/// As regras de quem só mexe nos datagramas.
fn dos_datagramas(datagramas: impl FnMut(Para, &[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Regras {
    Regras {
        datagramas: Box::new(datagramas),
        ..Regras::das_mensagens(|_, mensagem| {
            demorar(&mensagem);
            Passagem::Passar(mensagem)
        })
    }
}

pub fn provas() -> Vec<Trial> {
    vec![
        prova("perdas::cada_sentido_e_o_que_o_caminho_fez", || {
            caminho([0.05, 0.20], [0.03, 0.10], [0.04, 0.02])
        }),
        prova("perdas::tudo_se_perde_em_um_sentido_so", || {
            caminho([1.0, 0.0], [0.0, 0.0], [0.0, 0.0])
        }),
        prova("perdas::o_fim_que_se_perde_e_contado", o_fim),
        prova("perdas::o_que_chega_no_escoamento_conta", || {
            atrasados(Solta::NoEnvio)
        }),
        prova("perdas::o_que_chega_depois_dele_nao_conta", || {
            atrasados(Solta::NoRelato)
        }),
    ]
}

/// O que o procurador fez em um sentido.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Feito {
    entraram: u64,
    perdidos: u64,
    copias: u64,
    ultrapassados: u64,
}

/// Um sentido do procurador.
struct Sentido {
    sorteio: Sorteio,
    perda: f64,
    copia: f64,
    troca: f64,
    /// Um datagrama que o seguinte vai ultrapassar, e quantas vezes ele passa.
    guardado: Option<(Vec<u8>, usize)>,
    feito: Feito,
}

impl Sentido {
    fn novo(semente: u64, perda: f64, copia: f64, troca: f64) -> Self {
        Self {
            sorteio: Sorteio::novo(semente),
            perda,
            copia,
            troca,
            guardado: None,
            feito: Feito::default(),
        }
    }

    fn passar(&mut self, datagrama: &[u8]) -> Vec<Vec<u8>> {
        self.feito.entraram += 1;
        let perdeu = self.sorteio.acontece(self.perda);
        let vezes = 1 + usize::from(self.sorteio.acontece(self.copia));
        let troca = self.sorteio.acontece(self.troca);
        if perdeu {
            self.feito.perdidos += 1;
            return Vec::new();
        }
        self.feito.copias += vezes as u64 - 1;
        if troca && self.guardado.is_none() {
            self.guardado = Some((datagrama.to_vec(), vezes));
            return Vec::new();
        }
        let mut passam = vec![datagrama.to_vec(); vezes];
        if let Some((antes, vezes)) = self.guardado.take() {
            self.feito.ultrapassados += 1;
            passam.extend(vec![antes; vezes]);
        }
        passam
    }
}

fn caminho(perda: [f64; 2], copia: [f64; 2], troca: [f64; 2]) -> Result<(), Falha> {
    let mut servidor = Servidor::com(&["--ip", "127.0.0.1", "--um-cliente"])?;
    let sentidos = Arc::new(Mutex::new([
        Sentido::novo(1, perda[0], copia[0], troca[0]),
        Sentido::novo(2, perda[1], copia[1], troca[1]),
    ]));
    let do_procurador = Arc::clone(&sentidos);
    let regras = dos_datagramas(move |para, datagrama| {
        if datagrama.len() != TAMANHO {
            return vec![datagrama.to_vec()];
        }
        let mut sentidos = do_procurador.lock().unwrap_or_else(PoisonError::into_inner);
        let qual = match para {
            Para::Servidor => 0,
            Para::Cliente => 1,
        };
        sentidos[qual].passar(datagrama)
    });
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    let tamanho = TAMANHO.to_string();
    let opcoes = [
        "--so",
        "perda",
        "--rodadas",
        "1",
        "--quantos",
        "1000",
        // Devagar: nenhum buffer se enche enquanto a máquina faz outra coisa.
        "--ritmo",
        "250",
        "--tamanho",
        &tamanho,
    ];
    let cliente = medir(procurador.endereco, &saida, &opcoes, 0)?;
    let linhas = tabela(&saida)?;
    let sentidos = sentidos.lock().unwrap_or_else(PoisonError::into_inner);
    for (qual, sentido) in ["ida", "volta"].into_iter().enumerate() {
        conferir(&linhas, sentido, &sentidos[qual])
            .map_err(|falha| cliente.falha(&falha.to_string()))?;
    }
    ninguem_duvida(&linhas)?;
    exigir(
        servidor.filho.esperar_fim()? == 0,
        "o servidor não acabou bem",
    )
}

fn conferir(
    linhas: &[BTreeMap<String, String>],
    sentido: &str,
    caminho: &Sentido,
) -> Result<(), Falha> {
    let feito = caminho.feito;
    // O último pode ter ficado à espera de quem o ultrapassasse.
    let retidos = u64::from(caminho.guardado.is_some());
    let copias_retidas = caminho
        .guardado
        .as_ref()
        .map_or(0, |(_, vezes)| *vezes as u64 - 1);
    let contado = |medida: &str| soma(linhas, "perda", sentido, medida);
    let sem_buffer = contado("sem_buffer").unwrap_or(0);
    let visto = (
        contado("enviados")?,
        contado("perdidos")?,
        contado("duplicados")?,
        contado("fora_de_ordem")?,
    );
    let certo = (
        feito.entraram,
        feito.perdidos + retidos + sem_buffer,
        feito.copias - copias_retidas,
        feito.ultrapassados,
    );
    exigir(
        visto == certo && sem_buffer == 0,
        format!(
            "{sentido}: (enviados, perdidos, duplicados, fora de ordem) = {visto:?}, e o caminho \
             diz {certo:?} ({sem_buffer} no buffer)"
        ),
    )?;
    // A percentagem e o intervalo são os dessas contas.
    let quais = [
        ("ensaio", "perda"),
        ("sentido", sentido),
        ("medida", "perda"),
    ];
    let numero = |coluna: &str| -> f64 {
        let celulas = celulas(linhas, &quais, coluna);
        celulas
            .first()
            .and_then(|c| c.parse().ok())
            .unwrap_or(f64::NAN)
    };
    #[expect(clippy::cast_precision_loss, reason = "são contagens pequenas")]
    let perda = visto.1 as f64 / visto.0 as f64 * 100.0;
    let (valor, de, ate) = (numero("valor"), numero("de"), numero("ate"));
    exigir(
        (valor - perda).abs() < 0.001 && de <= valor && valor <= ate && ate - de < 6.0,
        format!("{sentido}: perda de {perda} %, e diz {valor}, de {de} a {ate}"),
    )
}

/// Os últimos se perdem, e nenhum mais novo vem contar.
fn o_fim() -> Result<(), Falha> {
    const ULTIMOS: u64 = 50;
    let servidor = Servidor::com(&["--ip", "127.0.0.1", "--um-cliente"])?;
    let regras = dos_datagramas(|_, datagrama| {
        let numero = Sonda::ler(datagrama).map_or(0, |sonda| sonda.numero);
        if datagrama.len() == TAMANHO && numero >= QUANTOS - ULTIMOS {
            return Vec::new();
        }
        vec![datagrama.to_vec()]
    });
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    medir(procurador.endereco, &saida, &POUCOS, 0)?;
    let linhas = tabela(&saida)?;
    for sentido in ["ida", "volta"] {
        let contado = |medida: &str| soma(&linhas, "perda", sentido, medida);
        let (enviados, perdidos) = (contado("enviados")?, contado("perdidos")?);
        exigir(
            perdidos > 0 && enviados == QUANTOS - ULTIMOS + perdidos,
            format!("{sentido}: de {enviados} perderam-se {perdidos}"),
        )?;
    }
    ninguem_duvida(&linhas)
}

/// Quantos dos últimos o caminho retém.
const RETIDOS: u64 = 50;

/// Quando o caminho solta o que reteve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Solta {
    /// Quando quem mandava diz que acabou: quem recebe ainda espera.
    NoEnvio,
    /// Quando quem recebia já contou.
    NoRelato,
}

/// O que o caminho reteve de cada sentido, e se já o pode soltar.
#[derive(Default)]
struct Retidos {
    datagramas: Vec<Vec<u8>>,
    soltos: bool,
}

/// Os últimos ficam retidos até que uma mensagem passe por TCP.
fn atrasados(solta: Solta) -> Result<(), Falha> {
    let servidor = Servidor::com(&["--ip", "127.0.0.1", "--um-cliente"])?;
    let retidos: Arc<Mutex<[Retidos; 2]>> = Arc::default();
    let lugar = |para: Para| usize::from(para == Para::Cliente);
    let [das_mensagens, dos_datagramas, das_esperas] = [(); 3].map(|()| Arc::clone(&retidos));
    let regras = Regras {
        mensagens: Box::new(move |para, mensagem| {
            demorar(&mensagem);
            // Quem manda diz ENVIO no mesmo sentido dos datagramas; quem recebe diz
            // CHEGADAS no outro.
            let sentido = match (solta, &mensagem) {
                (Solta::NoEnvio, Mensagem::Envio { .. }) => Some(lugar(para)),
                (Solta::NoRelato, Mensagem::Chegadas { .. }) => Some(1 - lugar(para)),
                _ => None,
            };
            if let Some(sentido) = sentido {
                let mut retidos = das_mensagens.lock().unwrap_or_else(PoisonError::into_inner);
                retidos[sentido].soltos = true;
            }
            Passagem::Passar(mensagem)
        }),
        datagramas: Box::new(move |para, datagrama| {
            let numero = Sonda::ler(datagrama).map_or(0, |sonda| sonda.numero);
            if datagrama.len() != TAMANHO || numero < QUANTOS - RETIDOS {
                return vec![datagrama.to_vec()];
            }
            let mut retidos = dos_datagramas
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            retidos[lugar(para)].datagramas.push(datagrama.to_vec());
            Vec::new()
        }),
        esperas: Box::new(move |para| {
            let mut retidos = das_esperas.lock().unwrap_or_else(PoisonError::into_inner);
            let retidos = &mut retidos[lugar(para)];
            if retidos.soltos {
                return std::mem::take(&mut retidos.datagramas);
            }
            Vec::new()
        }),
        ..Regras::default()
    };
    let procurador = Procurador::abrir(servidor.endereco, regras)?;
    let pasta = pasta()?;
    let saida = pasta.path().join("r");
    medir(procurador.endereco, &saida, &POUCOS, 0)?;
    let linhas = tabela(&saida)?;
    for sentido in ["ida", "volta"] {
        let contado = |medida: &str| soma(&linhas, "perda", sentido, medida);
        let (enviados, perdidos) = (contado("enviados")?, contado("perdidos")?);
        let retidos = enviados.saturating_sub(QUANTOS - RETIDOS);
        let certo = match solta {
            Solta::NoEnvio => 0,
            Solta::NoRelato => retidos,
        };
        exigir(
            retidos > 0 && perdidos == certo,
            format!("{sentido}: {perdidos} perdidos de {enviados}, e {retidos} retidos"),
        )?;
    }
    ninguem_duvida(&linhas)
}
