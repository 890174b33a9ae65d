//! Uma rede de mentira, com semente: as duas máquinas conversam por ela sem sockets
//! e sem esperar. O tempo é virtual, e a mesma semente dá sempre o mesmo resultado,
//! em qualquer computador.
//!
//! Serve para provar a máquina em milhares de redes ruins e para mostrar, passo a
//! passo, o que ela faz em uma.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Chegada, Configuracao, Emissor, Instante, MedidasDoEmissor,
    MedidasDoReceptor, Receptor, Recibo,
};
use crate::sorteio::Sorteio;

/// O que cada datagrama ocupa no enlace além da carga do segmento ou do mapa do
/// recibo, em bytes: IPv4 (20), UDP (8) e os cabeçalhos do chat (20).
const CABECALHOS: usize = 48;

/// Um sentido da rede.
#[derive(Debug, Clone, PartialEq)]
pub struct Enlace {
    /// Quanto um datagrama demora para atravessar.
    pub atraso: Duration,
    /// Quanto pode demorar a mais, sorteado a cada datagrama: quem sai depois pode
    /// chegar antes.
    pub variacao: Duration,
    /// A probabilidade de um datagrama se perder, de 0 a 1.
    pub perda: f64,
    /// A probabilidade de um datagrama chegar duas vezes, de 0 a 1.
    pub duplicacao: f64,
    /// Quantos bytes por segundo passam; sem isso, quantos vierem.
    pub taxa: Option<u64>,
    /// Quantos bytes esperam a vez quando há uma taxa; o que passar disso se perde.
    pub fila: u64,
}

impl Default for Enlace {
    /// 10 ms, sem perda, sem limite de taxa.
    fn default() -> Self {
        Self {
            atraso: Duration::from_millis(10),
            variacao: Duration::ZERO,
            perda: 0.0,
            duplicacao: 0.0,
            taxa: None,
            fila: u64::MAX,
        }
    }
}

/// Uma transferência a simular.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulacao {
    /// Os limites de quem manda.
    pub emissor: Configuracao,
    /// Os limites de quem recebe.
    pub receptor: Configuracao,
    /// O caminho dos segmentos.
    pub ida: Enlace,
    /// O caminho dos recibos.
    pub volta: Enlace,
    /// Quanto o programa que recebe demora com cada segmento entregue.
    pub lentidao: Duration,
    /// De onde saem todos os sorteios.
    pub semente: u64,
    /// Quando desistir, em tempo virtual.
    pub desistencia: Duration,
}

impl Default for Simulacao {
    /// Dois chats e uma rede de 20 ms de ida e volta que não perde nada.
    fn default() -> Self {
        Self {
            emissor: Configuracao::default(),
            receptor: Configuracao::default(),
            ida: Enlace::default(),
            volta: Enlace::default(),
            lentidao: Duration::ZERO,
            semente: 1,
            desistencia: Duration::from_secs(24 * 3600),
        }
    }
}

/// O que aconteceu a um segmento.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passo<'a> {
    /// O emissor o mandou.
    Mandou,
    /// O emissor o mandou, e a rede o perdeu.
    MandouEPerdeu,
    /// O emissor o mandou de novo.
    Repetiu,
    /// O emissor o mandou de novo, e a rede o perdeu.
    RepetiuEPerdeu,
    /// Chegou ao receptor, que o guardou.
    Guardou,
    /// Chegou ao receptor, que já o tinha ou em que não cabia.
    Descartou,
    /// O receptor o entregou ao programa: a carga.
    Entregou(&'a [u8]),
    /// O emissor soube que foi entregue.
    Confirmou,
}

/// Como acabou uma simulação.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resultado {
    /// Se tudo foi confirmado antes da desistência.
    pub acabou: bool,
    /// Quanto demorou, em tempo virtual.
    pub demorou: Duration,
    /// Quantos datagramas chegaram e prazos venceram.
    pub passos: u64,
    /// Quantos segmentos a rede perdeu.
    pub segmentos_perdidos: u64,
    /// Quantos recibos a rede perdeu.
    pub recibos_perdidos: u64,
    /// O maior número de segmentos que o emissor guardou ao mesmo tempo.
    pub mais_guardados: usize,
    /// O maior número de segmentos que esperaram no receptor ao mesmo tempo.
    pub mais_em_espera: usize,
    /// As contas do emissor.
    pub emissor: MedidasDoEmissor,
    /// As contas do receptor.
    pub receptor: MedidasDoReceptor,
}

impl Simulacao {
    /// Leva `cargas` de um lado ao outro e conta cada passo a `ver`: quando, o número do
    /// segmento e o que houve com ele.
    pub fn rodar(
        &self,
        cargas: impl IntoIterator<Item = Vec<u8>>,
        ver: impl FnMut(Instante, u64, Passo<'_>),
    ) -> Resultado {
        let mut cargas = cargas.into_iter().peekable();
        let mut rede = Andamento::novo(self, ver);
        loop {
            while rede.emissor.cabe() {
                let Some(carga) = cargas.next() else { break };
                rede.emissor.guardar(carga);
            }
            rede.mandar();
            let acabou =
                cargas.peek().is_none() && rede.emissor.tudo_confirmado();
            if acabou || !rede.avancar(self.desistencia) {
                return rede.resultado(acabou);
            }
        }
    }
}

/// O que atravessa a rede.
enum Datagrama {
    Segmento(u64, Vec<u8>),
    Recibo(Recibo),
}

/// Uma simulação em curso.
struct Andamento<F> {
    agora: Instante,
    emissor: Emissor,
    receptor: Receptor,
    ida: Sentido,
    volta: Sentido,
    /// O que está a caminho, pela hora de chegar; o número desempata, na ordem de
    /// saída.
    a_caminho: BTreeMap<(Instante, u64), Datagrama>,
    saidas: u64,
    lentidao: Duration,
    /// Quando o programa que recebe fica livre para mais um segmento.
    livre: Instante,
    sorteio: Sorteio,
    ver: F,
    resultado: Resultado,
}

impl<F: FnMut(Instante, u64, Passo<'_>)> Andamento<F> {
    fn novo(simulacao: &Simulacao, ver: F) -> Self {
        Self {
            agora: Instante::ZERO,
            emissor: Emissor::novo(simulacao.emissor.clone()),
            receptor: Receptor::novo(simulacao.receptor.clone()),
            ida: Sentido::novo(&simulacao.ida),
            volta: Sentido::novo(&simulacao.volta),
            a_caminho: BTreeMap::new(),
            saidas: 0,
            lentidao: simulacao.lentidao,
            livre: Instante::ZERO,
            sorteio: Sorteio::novo(simulacao.semente),
            ver,
            resultado: Resultado::default(),
        }
    }

    /// O emissor manda o que puder.
    fn mandar(&mut self) {
        let agora = self.agora;
        while let Some(envio) = self.emissor.proximo_envio(agora) {
            let tamanho = envio.carga.len() + CABECALHOS;
            let chegadas =
                self.ida.atravessar(agora, tamanho, &mut self.sorteio);
            let passo = match (envio.repetido, chegadas.is_empty()) {
                (false, false) => Passo::Mandou,
                (false, true) => Passo::MandouEPerdeu,
                (true, false) => Passo::Repetiu,
                (true, true) => Passo::RepetiuEPerdeu,
            };
            (self.ver)(agora, envio.numero, passo);
            self.resultado.segmentos_perdidos += u64::from(chegadas.is_empty());
            for chegada in chegadas {
                self.saidas += 1;
                self.a_caminho.insert(
                    (chegada, self.saidas),
                    Datagrama::Segmento(envio.numero, envio.carga.to_vec()),
                );
            }
        }
        let guardados = self.emissor.pendentes();
        self.resultado.mais_guardados =
            self.resultado.mais_guardados.max(guardados);
    }

    /// Pula até a próxima coisa que acontece. `false` quando não há nenhuma antes da
    /// desistência.
    fn avancar(&mut self, desistencia: Instante) -> bool {
        let chegada =
            self.a_caminho.first_key_value().map(|(quando, _)| quando.0);
        let espera = (self.receptor.em_espera() > 0 && self.livre > self.agora)
            .then_some(self.livre);
        let proximos = [chegada, espera, self.emissor.proximo_prazo()];
        let Some(quando) = proximos.into_iter().flatten().min() else {
            return false;
        };
        if quando > desistencia {
            return false;
        }
        self.agora = self.agora.max(quando);
        self.resultado.passos += 1;
        if chegada == Some(quando)
            && let Some((_, datagrama)) = self.a_caminho.pop_first()
        {
            self.chegou(datagrama);
        }
        self.emissor.despertar(self.agora);
        self.entregar();
        self.responder();
        true
    }

    fn chegou(&mut self, datagrama: Datagrama) {
        match datagrama {
            Datagrama::Segmento(numero, carga) => {
                let passo = match self.receptor.chegou(numero, &carga) {
                    Chegada::Novo => Passo::Guardou,
                    _ => Passo::Descartou,
                };
                (self.ver)(self.agora, numero, passo);
                let em_espera = self.receptor.em_espera();
                self.resultado.mais_em_espera =
                    self.resultado.mais_em_espera.max(em_espera);
            }
            Datagrama::Recibo(recibo) => {
                let de = self.emissor.confirmados();
                let quantos = self.emissor.recibo(self.agora, &recibo);
                for numero in de..de + quantos {
                    (self.ver)(self.agora, numero, Passo::Confirmou);
                }
            }
        }
    }

    /// O programa que recebe pega o que já pode.
    fn entregar(&mut self) {
        while self.livre <= self.agora {
            let numero = self.receptor.entregues();
            let Some(carga) = self.receptor.entregar() else {
                break;
            };
            (self.ver)(self.agora, numero, Passo::Entregou(&carga));
            self.livre = self.agora.saturating_add(self.lentidao);
        }
    }

    fn responder(&mut self) {
        let Some(recibo) = self.receptor.recibo_devido() else {
            return;
        };
        let tamanho = recibo.mapa.len() + CABECALHOS;
        let chegadas =
            self.volta
                .atravessar(self.agora, tamanho, &mut self.sorteio);
        self.resultado.recibos_perdidos += u64::from(chegadas.is_empty());
        for chegada in chegadas {
            self.saidas += 1;
            self.a_caminho.insert(
                (chegada, self.saidas),
                Datagrama::Recibo(recibo.clone()),
            );
        }
    }

    fn resultado(self, acabou: bool) -> Resultado {
        Resultado {
            acabou,
            demorou: self.agora,
            emissor: self.emissor.medidas(),
            receptor: self.receptor.medidas(),
            ..self.resultado
        }
    }
}

/// Um enlace em uso.
struct Sentido {
    enlace: Enlace,
    /// Quando acaba de sair o último datagrama que entrou na fila.
    desocupa: Instante,
}

impl Sentido {
    fn novo(enlace: &Enlace) -> Self {
        Self {
            enlace: enlace.clone(),
            desocupa: Instante::ZERO,
        }
    }

    // ANCHOR: atravessar
    /// Quando chega um datagrama de `bytes` que sai agora: uma vez, duas ou nenhuma.
    fn atravessar(
        &mut self,
        agora: Instante,
        bytes: usize,
        sorteio: &mut Sorteio,
    ) -> Vec<Instante> {
        let Some(saida) = self.sair(agora, bytes as u64) else {
            return Vec::new();
        };
        let copias = match () {
            () if sorteio.acontece(self.enlace.perda) => 0,
            () if sorteio.acontece(self.enlace.duplicacao) => 2,
            () => 1,
        };
        let mut chegada = || {
            let variacao = self.enlace.variacao.mul_f64(sorteio.fracao());
            saida
                .saturating_add(self.enlace.atraso)
                .saturating_add(variacao)
        };
        (0..copias).map(|_| chegada()).collect()
    }
    // ANCHOR_END: atravessar

    /// Quando o datagrama acaba de sair, depois dos que estão na fila; `None` se não
    /// cabe nela.
    fn sair(&mut self, agora: Instante, bytes: u64) -> Option<Instante> {
        let Some(taxa) = self.enlace.taxa else {
            return Some(agora);
        };
        let na_fila = self.desocupa.saturating_sub(agora);
        let tempo = |bytes: u64| {
            Duration::from_nanos(
                bytes.saturating_mul(1_000_000_000) / taxa.max(1),
            )
        };
        if na_fila > tempo(self.enlace.fila) {
            return None;
        }
        self.desocupa =
            agora.saturating_add(na_fila).saturating_add(tempo(bytes));
        Some(self.desocupa)
    }
}
