//! O que se sabe do outro programa, e o que é nosso: o que sobrevive a uma conexão.

use std::time::Instant;

use super::super::pendentes::Pendentes;
use super::super::presenca::{Prazos, Presenca};
use super::super::protocolo::{Item, Mensagem, Modo, Sessao, VERSAO};
use super::super::transporte::{Acontecimento, Ouvinte};
use super::fim::Fim;

/// O outro programa, depois que se conversou com ele ao menos uma vez.
#[derive(Debug)]
pub(super) struct Outro {
    pub sessao: Sessao,
    pub nome: String,
    /// O número do próximo item dele.
    pub esperado: u64,
    /// O número do primeiro item que não se sabe se foi mostrado.
    pub confirmado: u64,
    /// Quantos itens dele chegaram.
    pub recebidos: u64,
    pub presenca: Presenca,
}

impl Outro {
    /// Um programa com que nunca se conversou.
    pub fn novo(dele: &Apresentacao, prazos: Prazos, agora: Instant) -> Self {
        Self {
            sessao: dele.sessao,
            nome: dele.nome.clone(),
            esperado: dele.proximo,
            confirmado: dele.proximo,
            recebidos: 0,
            presenca: Presenca::nova(prazos, agora),
        }
    }

    /// Tudo que chegou foi mostrado: é o que um CONFIRMA, ou o OLÁ da próxima
    /// conexão, pode dizer.
    pub fn mostrado(&mut self) {
        self.confirmado = self.esperado;
    }

    /// O mesmo programa, em outra conexão. Os itens de antes do `proximo` que ainda
    /// se esperavam não vêm mais: entretanto, outro programa os confirmou.
    pub fn de_volta(mut self, dele: &Apresentacao, agora: Instant) -> Self {
        self.nome.clone_from(&dele.nome);
        self.esperado = self.esperado.max(dele.proximo);
        self.confirmado = self.confirmado.max(dele.proximo);
        self.presenca.recomecar(agora);
        self
    }
}

/// O que ele disse no cumprimento.
#[derive(Debug)]
pub(super) struct Apresentacao {
    pub sessao: Sessao,
    pub conhecida: Option<Sessao>,
    pub recebidos: u64,
    pub proximo: u64,
    pub nome: String,
}

/// Este programa: quem é e o que tem a dizer.
#[derive(Debug)]
pub(super) struct Nosso {
    pub sessao: Sessao,
    pub nome: String,
    pub pendentes: Pendentes,
    /// Itens nossos que o outro confirmou.
    pub confirmados: u64,
    /// Itens que chegaram, de qualquer sessão, sem contar os repetidos.
    pub recebidos: u64,
    /// Itens que chegaram mais de uma vez.
    pub duplicados: u64,
    /// Se o que chega é mostrado, e por isso confirmado.
    pub confirma: bool,
}

impl Nosso {
    // ANCHOR: apresentar
    /// O nosso OLÁ, com a memória da última conversa.
    pub fn ola(&self, ultimo: Option<&Outro>) -> Mensagem<'_> {
        Mensagem::Ola {
            versao: VERSAO,
            modo: Modo::Tcp,
            sessao: self.sessao,
            conhecida: ultimo.map(|outro| outro.sessao),
            recebidos: ultimo.map_or(0, |outro| outro.confirmado),
            proximo: self.pendentes.primeiro(),
            nome: &self.nome,
        }
    }
    // ANCHOR_END: apresentar

    // ANCHOR: retomar
    /// Decide de onde recomeçar a mandar. Se ele nos conhece, o que já recebeu não
    /// vai de novo; se não, vai tudo que ninguém confirmou.
    pub fn retomar(&mut self, dele: &Apresentacao, ouvinte: Ouvinte<'_>) {
        if dele.conhecida == Some(self.sessao) {
            self.entregar(dele.recebidos, ouvinte);
        }
        self.pendentes.recomecar();
    }
    // ANCHOR_END: retomar

    // ANCHOR: confirmar
    /// Chegou um CONFIRMA: o outro mostrou todos os itens de número menor que `ate`.
    /// Devolve se isso é novidade.
    pub fn confirmar(
        &mut self,
        ate: u64,
        ouvinte: Ouvinte<'_>,
    ) -> Result<bool, Fim> {
        let mandados = self.pendentes.inedito();
        if ate > mandados {
            return Err(Fim::lixo(format!(
                "veio a confirmação de {ate} itens, e só foram mandados \
                 {mandados}"
            )));
        }
        Ok(self.entregar(ate, ouvinte))
    }

    fn entregar(&mut self, ate: u64, ouvinte: Ouvinte<'_>) -> bool {
        let antes = self.pendentes.primeiro();
        let novidade = self.pendentes.confirmar(ate);
        if novidade {
            let ate = self.pendentes.primeiro();
            self.confirmados += ate - antes;
            ouvinte(Acontecimento::Entregue { ate });
        }
        novidade
    }
    // ANCHOR_END: confirmar

    // ANCHOR: receber
    /// Chegou um item dele. O esperado se mostra; um que já veio, não, mas se
    /// confirma de novo; e nenhum salta, porque o TCP não perde nada.
    // Uma vez por linha: a chamada custaria tanto quanto o que se faz.
    #[inline]
    pub fn receber(
        &mut self,
        outro: &mut Outro,
        numero: u64,
        item: Item<'_>,
        ouvinte: Ouvinte<'_>,
    ) -> Result<(), Fim> {
        if numero < outro.esperado {
            self.duplicados += 1;
            return Ok(());
        }
        if numero > outro.esperado || numero == u64::MAX {
            return Err(Fim::lixo(format!(
                "veio o item {numero}, e era a vez do {}",
                outro.esperado
            )));
        }
        outro.esperado += 1;
        outro.recebidos += 1;
        self.recebidos += 1;
        match item {
            Item::Texto { texto, continua } => {
                ouvinte(Acontecimento::Texto { texto, continua });
            }
            Item::Nome(nome) => {
                nome.clone_into(&mut outro.nome);
                ouvinte(Acontecimento::NovoNome { nome });
            }
        }
        Ok(())
    }
    // ANCHOR_END: receber
}
