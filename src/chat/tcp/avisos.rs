//! O que já se disse à pessoa, para não o repetir a cada tentativa.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::super::protocolo::Motivo;

/// Um estranho que insiste, ou um programa que sempre erra do mesmo jeito, se conta
/// uma vez neste tempo.
const SOSSEGO: Duration = Duration::from_secs(60);

/// De quantos estranhos se lembra. Se vierem mais do que estes em um minuto, os
/// outros são recusados sem aviso.
const ESTRANHOS: usize = 32;

/// O que já foi dito.
#[derive(Debug, Default)]
pub(super) struct Avisos {
    sem_resposta: Option<String>,
    /// Por que o outro já nos recusou, desde a última conversa.
    recusou: Vec<Motivo>,
    /// A última recusa foi por já haver uma conversa.
    ocupado: bool,
    recusado: Vec<(Motivo, Instant)>,
    estranhos: Vec<(IpAddr, Instant)>,
    sem_recursos: Vec<((), Instant)>,
    /// O outro se despediu: que ninguém atenda é o que se espera.
    saiu: bool,
}

impl Avisos {
    /// Houve uma conversa: o que falhar depois dela é notícia outra vez.
    pub fn conversou(&mut self) {
        self.sem_resposta = None;
        self.recusou.clear();
        self.ocupado = false;
        self.saiu = false;
    }

    /// O outro se despediu.
    pub fn saiu(&mut self) {
        self.saiu = true;
    }

    /// Se vale a pena dizer que ninguém responde por este motivo.
    pub fn sem_resposta(&mut self, frase: &str) -> bool {
        let novidade = self.sem_resposta.as_deref() != Some(frase);
        if novidade {
            self.sem_resposta = Some(frase.into());
        }
        novidade && !self.saiu
    }

    /// Se vale a pena dizer que o outro recusou: cada motivo uma vez, mesmo que se
    /// alternem. Que esteja ocupado é, na primeira vez, o funcionamento normal de
    /// duas ligações que se cruzam.
    pub fn recusou(&mut self, motivo: Motivo) -> bool {
        let ocupado = motivo == Motivo::Ocupado;
        let cruzamento = ocupado && !self.ocupado;
        self.ocupado = ocupado;
        let novidade = !cruzamento && !self.recusou.contains(&motivo);
        if novidade {
            self.recusou.push(motivo);
        }
        novidade
    }

    /// Se vale a pena dizer que nós recusamos.
    pub fn recusado(&mut self, motivo: Motivo, agora: Instant) -> bool {
        let motivos = Motivo::Demora as usize;
        motivo != Motivo::Ocupado
            && anotar(&mut self.recusado, motivo, motivos, agora)
    }

    /// Se vale a pena dizer que não há como atender.
    pub fn sem_recursos(&mut self, agora: Instant) -> bool {
        anotar(&mut self.sem_recursos, (), 1, agora)
    }

    /// Se vale a pena dizer que este estranho apareceu.
    pub fn estranho(&mut self, quem: IpAddr, agora: Instant) -> bool {
        anotar(&mut self.estranhos, quem, ESTRANHOS, agora)
    }
}

/// Anota que `quem` apareceu agora. `false` se já apareceu há pouco, ou se não há
/// lugar para mais nenhum.
fn anotar<T: PartialEq>(
    vistos: &mut Vec<(T, Instant)>,
    quem: T,
    maximo: usize,
    agora: Instant,
) -> bool {
    vistos.retain(|(_, quando)| agora < *quando + SOSSEGO);
    let novo = vistos.len() < maximo
        && !vistos.iter().any(|(visto, _)| *visto == quem);
    if novo {
        vistos.push((quem, agora));
    }
    novo
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn um_estranho_e_anunciado_uma_vez_por_minuto() {
        let mut avisos = Avisos::default();
        let agora = Instant::now();
        let quem = IpAddr::from([127, 0, 0, 2]);
        assert!(avisos.estranho(quem, agora));
        assert!(!avisos.estranho(quem, agora + SOSSEGO / 2));
        assert!(avisos.estranho(IpAddr::from([127, 0, 0, 3]), agora));
        assert!(avisos.estranho(quem, agora + SOSSEGO));
    }

    #[test]
    fn mil_estranhos_nao_enchem_a_memoria_nem_a_tela() {
        let mut avisos = Avisos::default();
        let agora = Instant::now();
        let anunciados = (0..1000_u32)
            .filter(|n| avisos.estranho(IpAddr::from(n.to_be_bytes()), agora))
            .count();
        assert_eq!(anunciados, ESTRANHOS);
        assert_eq!(avisos.estranhos.len(), ESTRANHOS);
    }

    #[test]
    fn so_o_que_muda_e_dito() {
        let mut avisos = Avisos::default();
        assert!(avisos.sem_resposta("a"));
        assert!(!avisos.sem_resposta("a"));
        assert!(avisos.sem_resposta("b"));
        avisos.conversou();
        assert!(avisos.sem_resposta("b"));
        assert!(avisos.recusou(Motivo::Modo));
        assert!(!avisos.recusou(Motivo::Ocupado));
        assert!(!avisos.recusou(Motivo::Modo));
        assert!(avisos.recusou(Motivo::Estranho));
        assert!(!avisos.recusou(Motivo::Modo), "já foi dito");
    }

    #[test]
    fn quem_esta_ocupado_da_segunda_vez_esta_mesmo() {
        let mut avisos = Avisos::default();
        assert!(!avisos.recusou(Motivo::Ocupado));
        assert!(avisos.recusou(Motivo::Ocupado));
        assert!(!avisos.recusou(Motivo::Ocupado));
        avisos.conversou();
        assert!(!avisos.recusou(Motivo::Ocupado));
    }

    #[test]
    fn depois_da_despedida_ninguem_atender_nao_e_noticia() {
        let mut avisos = Avisos::default();
        avisos.saiu();
        assert!(!avisos.sem_resposta("a"));
        avisos.conversou();
        assert!(avisos.sem_resposta("a"));
    }
}
