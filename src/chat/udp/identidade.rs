//! Com quem se fala: quem se apresentou, quem provou que me conhece e quem já não
//! volta.
//!
//! Um OLÁ qualquer um escreve. A **prova** é um OLÁ com a minha sessão, ou um
//! datagrama com o número da conversa entre as duas: só a dá quem ouviu um OLÁ meu,
//! isto é, quem recebe no endereço do par. Sem prova, uma sessão nova fica só
//! apresentada, e a conversa de pé continua.

use std::collections::VecDeque;

use crate::chat::datagrama::conversa;
use crate::chat::protocolo::Sessao;

/// Quantas sessões que já acabaram se lembram. Uma delas, em um datagrama atrasado,
/// não volta a ser uma conversa.
const FINDAS: usize = 16;

/// O outro programa, como ele se apresentou.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outro {
    /// A sessão dele.
    pub sessao: Sessao,
    /// O número da conversa com ele.
    pub conversa: u64,
    /// Como ele se chama.
    pub nome: String,
    /// O número do primeiro item dele que posso receber: o do primeiro OLÁ que ouvi.
    pub proximo: u64,
}

/// De quem é um datagrama, pela conversa dele.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dono {
    /// Do par de agora, ou do último.
    Par,
    /// Do par, mas a conversa com ele já acabou.
    ParQueSaiu,
    /// De quem se apresentou, que assim prova que me conhece.
    Apresentado,
    /// De conversa nenhuma.
    Ninguem,
}

/// As sessões que este programa conhece.
#[derive(Debug)]
pub struct Identidade {
    minha: Sessao,
    par: Option<Outro>,
    apresentado: Option<Outro>,
    findas: VecDeque<Sessao>,
}

impl Identidade {
    /// Só a própria sessão.
    #[must_use]
    pub fn nova(minha: Sessao) -> Self {
        Self {
            minha,
            par: None,
            apresentado: None,
            findas: VecDeque::with_capacity(FINDAS),
        }
    }

    /// A sessão deste programa.
    #[must_use]
    pub fn minha(&self) -> Sessao {
        self.minha
    }

    /// O par de agora, ou o último.
    #[must_use]
    pub fn par(&self) -> Option<&Outro> {
        self.par.as_ref()
    }

    /// Se esta sessão é a do par.
    #[must_use]
    pub fn e_o_par(&self, sessao: Sessao) -> bool {
        self.par.as_ref().is_some_and(|par| par.sessao == sessao)
    }

    /// Se a conversa com esta sessão já acabou.
    #[must_use]
    pub fn acabou(&self, sessao: Sessao) -> bool {
        self.findas.contains(&sessao)
    }

    /// A última sessão que se ouviu do outro, para dizer no OLÁ.
    #[must_use]
    pub fn conhecida(&self) -> Option<Sessao> {
        let ultimo = self.apresentado.as_ref().or(self.par.as_ref());
        ultimo.map(|outro| outro.sessao)
    }

    // ANCHOR: apresentar
    /// Guarda quem se apresentou. Só cabe um: mil OLÁs de mil sessões ocupam o mesmo
    /// que o último deles.
    pub fn apresentar(&mut self, sessao: Sessao, nome: &str, proximo: u64) {
        if self.e_o_par(sessao) {
            self.apresentado = None;
            self.renomear_par(nome);
            return;
        }
        match &mut self.apresentado {
            Some(outro) if outro.sessao == sessao => {
                nome.clone_into(&mut outro.nome);
            }
            lugar => {
                *lugar = Some(Outro {
                    sessao,
                    conversa: conversa(self.minha, sessao),
                    nome: nome.to_owned(),
                    proximo,
                });
            }
        }
    }
    // ANCHOR_END: apresentar

    /// O par mudou de nome.
    pub fn renomear_par(&mut self, nome: &str) {
        if let Some(par) = &mut self.par {
            nome.clone_into(&mut par.nome);
        }
    }

    // ANCHOR: dono
    /// De quem é um datagrama da conversa deste número.
    #[must_use]
    pub fn dono(&self, conversa: u64) -> Dono {
        let e_de = |outro: &Option<Outro>| {
            outro.as_ref().is_some_and(|o| o.conversa == conversa)
        };
        if e_de(&self.apresentado) {
            Dono::Apresentado
        } else if !e_de(&self.par) {
            Dono::Ninguem
        } else if self.par().is_some_and(|par| self.acabou(par.sessao)) {
            Dono::ParQueSaiu
        } else {
            Dono::Par
        }
    }
    // ANCHOR_END: dono

    /// Quem se apresentou deu a prova: passa a ser o par, e o de antes não volta
    /// mais. Devolve o número do primeiro item dele; `None` se ninguém se apresentou.
    pub fn adotar(&mut self) -> Option<u64> {
        let novo = self.apresentado.take()?;
        let proximo = novo.proximo;
        self.findar();
        self.par = Some(novo);
        Some(proximo)
    }

    /// A conversa com o par acabou: a sessão dele não volta.
    pub fn findar(&mut self) {
        let Some(par) = &self.par else { return };
        let sessao = par.sessao;
        if self.acabou(sessao) {
            return;
        }
        if self.findas.len() == FINDAS {
            self.findas.pop_front();
        }
        self.findas.push_back(sessao);
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const MINHA: Sessao = Sessao(1);
    const ANA: Sessao = Sessao(2);
    const BIA: Sessao = Sessao(4);

    fn com_par() -> Identidade {
        let mut identidade = Identidade::nova(MINHA);
        identidade.apresentar(ANA, "Ana", 7);
        assert_eq!(identidade.adotar(), Some(7));
        identidade
    }

    #[test]
    fn vale_o_primeiro_item_do_primeiro_ola_e_o_nome_do_ultimo() {
        let mut identidade = Identidade::nova(MINHA);
        identidade.apresentar(ANA, "Ana", 7);
        identidade.apresentar(ANA, "Aninha", 9);
        assert_eq!(identidade.adotar(), Some(7));
        assert_eq!(identidade.par().unwrap().nome, "Aninha");
    }

    #[test]
    fn quem_so_se_apresentou_nao_toma_o_lugar_do_par() {
        let mut identidade = com_par();
        for falsa in 10..1000 {
            identidade.apresentar(Sessao(falsa), "x", 0);
        }
        assert!(identidade.e_o_par(ANA));
        assert_eq!(identidade.dono(MINHA.0 ^ ANA.0), Dono::Par);
        identidade.apresentar(ANA, "Ana", 7);
        assert_eq!(identidade.conhecida(), Some(ANA));
        assert_eq!(identidade.adotar(), None);
    }

    #[test]
    fn a_conversa_certa_e_a_prova_de_quem_se_apresentou() {
        let mut identidade = com_par();
        assert_eq!(identidade.dono(MINHA.0 ^ BIA.0), Dono::Ninguem);
        identidade.apresentar(BIA, "Bia", 0);
        assert_eq!(identidade.conhecida(), Some(BIA));
        assert_eq!(identidade.dono(MINHA.0 ^ BIA.0), Dono::Apresentado);
    }

    #[test]
    fn a_sessao_trocada_e_a_que_saiu_nao_voltam() {
        let mut identidade = com_par();
        identidade.apresentar(BIA, "Bia", 0);
        identidade.adotar();
        assert!(identidade.acabou(ANA));
        assert_eq!(identidade.dono(MINHA.0 ^ ANA.0), Dono::Ninguem);
        identidade.findar();
        assert!(identidade.acabou(BIA));
        assert_eq!(identidade.dono(MINHA.0 ^ BIA.0), Dono::ParQueSaiu);
    }

    #[test]
    fn as_sessoes_findas_nao_enchem_a_memoria() {
        let mut identidade = Identidade::nova(MINHA);
        for sessao in 2..1000 {
            identidade.apresentar(Sessao(sessao), "x", 0);
            identidade.adotar();
        }
        assert_eq!(identidade.findas.len(), FINDAS);
        assert!(identidade.acabou(Sessao(998)));
    }
}
