//! A regra do cruzamento, provada por exaustão: um modelo dos dois lados e dos fios
//! entre eles, e todos os estados a que se chega, qualquer que seja a ordem em que
//! as mensagens chegam, as ligações são atendidas e as conexões morrem.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::*;

/// Quantas conexões o modelo deixa abertas ao mesmo tempo.
const CONEXOES: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Recado {
    Ola(Sessao),
    Aceito,
    Ocupado,
    Fim,
}

/// Uma conexão vista de um lado.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Ponta {
    PorAtender,
    Cumprimentando,
    Esperando(Sessao),
    Conversando(Sessao),
    Fechada,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Conexao {
    /// O lado que ligou.
    de: usize,
    pontas: [Ponta; 2],
    /// O que vai a caminho de cada lado.
    fios: [VecDeque<Recado>; 2],
    /// O cabo foi arrancado: nada mais passa, e nenhum lado é avisado.
    morta: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Estado {
    sessoes: [Sessao; 2],
    conexoes: Vec<Conexao>,
    /// Quantos ACEITOs já se mandaram; de dois em diante, dois.
    aceitos: u8,
    /// Quantas conexões ainda podem morrer.
    mortes: u8,
    /// A sessão com que o lado 1 ainda pode ser fechado e aberto de novo.
    reaberto: Option<Sessao>,
}

#[derive(Debug, Clone, Copy)]
enum Passo {
    /// Este lado liga.
    Ligar(usize),
    /// Esta conexão é atendida.
    Atender(usize),
    /// A conexão, e o lado que lê dela um recado.
    Ler(usize, usize),
    /// Esta conexão morre.
    Morrer(usize),
    /// A conexão morta, e o lado que dá por isso.
    Perceber(usize, usize),
    /// O lado 1 some e volta como outro programa.
    Reabrir,
}

impl Estado {
    fn novo(sessoes: [u64; 2], mortes: u8, reaberto: Option<u64>) -> Self {
        Self {
            sessoes: sessoes.map(Sessao),
            conexoes: Vec::new(),
            aceitos: 0,
            mortes,
            reaberto: reaberto.map(Sessao),
        }
    }

    /// A conexão em que este lado conversa, e com que sessão.
    fn conversa(&self, lado: usize) -> Option<(usize, Sessao)> {
        let mut conversas =
            self.conexoes
                .iter()
                .enumerate()
                .filter_map(|(qual, conexao)| match conexao.pontas[lado] {
                    Ponta::Conversando(dele) => Some((qual, dele)),
                    _ => None,
                });
        let conversa = conversas.next();
        assert_eq!(conversas.next(), None, "duas conversas: {self:?}");
        conversa
    }

    /// Se os dois lados conversam na mesma conexão, viva, e não há mais nada a
    /// acontecer em nenhuma outra.
    fn assentado(&self) -> bool {
        self.conversa(0).is_some()
            && self.conversa(0).map(|(qual, _)| qual)
                == self.conversa(1).map(|(qual, _)| qual)
            && self.conexoes.len() == 1
            && !self.conexoes[0].morta
            && self.conexoes[0].fios.iter().all(VecDeque::is_empty)
    }

    fn passos(&self) -> Vec<Passo> {
        let mut passos = Vec::new();
        for lado in 0..2 {
            let tentando = self.conexoes.iter().any(|conexao| {
                conexao.de == lado && conexao.pontas[lado] != Ponta::Fechada
            });
            if self.conversa(lado).is_none()
                && !tentando
                && self.conexoes.len() < CONEXOES
            {
                passos.push(Passo::Ligar(lado));
            }
        }
        for (qual, conexao) in self.conexoes.iter().enumerate() {
            if self.mortes > 0 && !conexao.morta {
                passos.push(Passo::Morrer(qual));
            }
            for lado in 0..2 {
                match conexao.pontas[lado] {
                    Ponta::Fechada => {}
                    Ponta::PorAtender => passos.push(Passo::Atender(qual)),
                    _ if conexao.morta => {
                        passos.push(Passo::Perceber(qual, lado));
                    }
                    _ if !conexao.fios[lado].is_empty() => {
                        passos.push(Passo::Ler(qual, lado));
                    }
                    _ => {}
                }
            }
        }
        if self.reaberto.is_some() {
            passos.push(Passo::Reabrir);
        }
        passos
    }

    fn dar(&self, passo: Passo) -> Self {
        let mut novo = self.clone();
        match passo {
            Passo::Ligar(lado) => novo.ligar(lado),
            Passo::Atender(qual) => {
                let lado = 1 - novo.conexoes[qual].de;
                novo.conexoes[qual].pontas[lado] = Ponta::Cumprimentando;
                novo.mandar(qual, lado, Recado::Ola(novo.sessoes[lado]));
            }
            Passo::Ler(qual, lado) => novo.ler(qual, lado),
            Passo::Morrer(qual) => {
                novo.mortes -= 1;
                novo.matar(qual);
            }
            Passo::Perceber(qual, lado) => novo.fechar(qual, lado),
            Passo::Reabrir => {
                novo.sessoes[1] = novo.reaberto.take().unwrap();
                for qual in 0..novo.conexoes.len() {
                    novo.matar(qual);
                    novo.conexoes[qual].pontas[1] = Ponta::Fechada;
                }
            }
        }
        novo.conexoes
            .retain(|conexao| conexao.pontas != [Ponta::Fechada; 2]);
        novo
    }

    fn ligar(&mut self, lado: usize) {
        let mut pontas = [Ponta::PorAtender; 2];
        pontas[lado] = Ponta::Cumprimentando;
        self.conexoes.push(Conexao {
            de: lado,
            pontas,
            fios: Default::default(),
            morta: false,
        });
        let qual = self.conexoes.len() - 1;
        self.mandar(qual, lado, Recado::Ola(self.sessoes[lado]));
    }

    fn mandar(&mut self, qual: usize, de: usize, recado: Recado) {
        let conexao = &mut self.conexoes[qual];
        if !conexao.morta && conexao.pontas[1 - de] != Ponta::Fechada {
            conexao.fios[1 - de].push_back(recado);
        }
    }

    fn fechar(&mut self, qual: usize, lado: usize) {
        self.mandar(qual, lado, Recado::Fim);
        self.conexoes[qual].pontas[lado] = Ponta::Fechada;
        self.conexoes[qual].fios[lado].clear();
    }

    fn recusar(&mut self, qual: usize, lado: usize) {
        self.mandar(qual, lado, Recado::Ocupado);
        self.fechar(qual, lado);
    }

    fn matar(&mut self, qual: usize) {
        self.conexoes[qual].morta = true;
        for fio in &mut self.conexoes[qual].fios {
            fio.clear();
        }
    }

    fn ler(&mut self, qual: usize, lado: usize) {
        let recado = self.conexoes[qual].fios[lado].pop_front().unwrap();
        let ponta = self.conexoes[qual].pontas[lado];
        let conversa = self.conversa(lado);
        let sessao = conversa.map(|(_, sessao)| sessao);
        let minha = self.sessoes[lado];
        match (recado, ponta) {
            (Recado::Ola(dele), Ponta::Cumprimentando) => {
                match ao_cumprimentar(minha, dele, sessao) {
                    Escolha::Aceitar => {
                        assert_eq!(conversa, None, "dois ACEITOs: {self:?}");
                        self.mandar(qual, lado, Recado::Aceito);
                        self.aceitos = 2.min(self.aceitos + 1);
                        self.adotar(qual, lado, dele);
                    }
                    Escolha::Esperar => {
                        self.conexoes[qual].pontas[lado] =
                            Ponta::Esperando(dele);
                    }
                    Escolha::Ocupado => self.recusar(qual, lado),
                    outra => panic!("{outra:?} em {self:?}"),
                }
            }
            (Recado::Aceito, Ponta::Esperando(dele)) => {
                match ao_ser_aceito(minha, dele, sessao) {
                    Escolha::Adotar => self.adotar(qual, lado, dele),
                    Escolha::Ocupado => self.recusar(qual, lado),
                    outra => panic!("{outra:?} em {self:?}"),
                }
            }
            (Recado::Ocupado | Recado::Fim, _) => self.fechar(qual, lado),
            fora_de_hora => panic!("{fora_de_hora:?} em {self:?}"),
        }
    }

    /// Fica com esta conexão e fecha a conversa anterior e as próprias tentativas.
    fn adotar(&mut self, qual: usize, lado: usize, dele: Sessao) {
        for outra in (0..self.conexoes.len()).filter(|outra| *outra != qual) {
            match self.conexoes[outra].pontas[lado] {
                Ponta::Conversando(_) => self.fechar(outra, lado),
                Ponta::Cumprimentando | Ponta::Esperando(_)
                    if self.conexoes[outra].de == lado =>
                {
                    self.recusar(outra, lado);
                }
                _ => {}
            }
        }
        self.conexoes[qual].pontas[lado] = Ponta::Conversando(dele);
    }
}

/// Todos os estados a que se chega de `inicio`, e de quais se chega a cada um.
fn explorar(inicio: Estado) -> (Vec<Estado>, Vec<Vec<usize>>) {
    let mut numeros = HashMap::from([(inicio.clone(), 0)]);
    let mut estados = vec![inicio];
    let mut vem_de = vec![Vec::new()];
    let mut visto = 0;
    while visto < estados.len() {
        for passo in estados[visto].passos() {
            let novo = estados[visto].dar(passo);
            let numero = *numeros.entry(novo).or_insert_with_key(|novo| {
                estados.push(novo.clone());
                vem_de.push(Vec::new());
                estados.len() - 1
            });
            vem_de[numero].push(visto);
        }
        visto += 1;
    }
    (estados, vem_de)
}

/// De nenhum estado se fica preso: de todos ainda se chega a um em que os dois
/// conversam na mesma conexão. E quem parou, parou assim.
fn provar(inicio: Estado) -> Vec<Estado> {
    let (estados, vem_de) = explorar(inicio);
    let mut salvos: BTreeSet<usize> = (0..estados.len())
        .filter(|estado| estados[*estado].assentado())
        .collect();
    let mut por_ver: Vec<usize> = salvos.iter().copied().collect();
    while let Some(estado) = por_ver.pop() {
        por_ver.extend(
            vem_de[estado].iter().filter(|antes| salvos.insert(**antes)),
        );
    }
    for (numero, estado) in estados.iter().enumerate() {
        assert!(salvos.contains(&numero), "sem saída: {estado:?}");
        assert!(
            !estado.passos().is_empty() || estado.assentado(),
            "parou mal: {estado:?}"
        );
    }
    estados
}

#[test]
fn quem_liga_ao_mesmo_tempo_fica_com_a_mesma_conexao() {
    for sessoes in [[2, 1], [1, 2]] {
        let estados = provar(Estado::novo(sessoes, 0, None));
        assert!(estados.iter().all(|estado| estado.aceitos <= 1));
        assert!(estados.iter().any(Estado::assentado));
        assert!(estados.len() > 50, "{} estados", estados.len());
    }
}

#[test]
fn uma_conexao_que_morre_em_qualquer_momento_e_trocada() {
    for sessoes in [[2, 1], [1, 2]] {
        provar(Estado::novo(sessoes, 2, None));
    }
}

#[test]
fn um_programa_fechado_e_aberto_em_qualquer_momento_volta_a_conversar() {
    for (sessoes, reaberto) in
        [([2, 1], 3), ([3, 2], 1), ([1, 2], 3), ([2, 3], 1)]
    {
        provar(Estado::novo(sessoes, 0, Some(reaberto)));
    }
}

#[test]
fn a_propria_sessao_do_outro_lado_e_um_espelho() {
    let minha = Sessao(7);
    for conversa in [None, Some(Sessao(1)), Some(minha)] {
        let escolha = ao_cumprimentar(minha, minha, conversa);
        assert_eq!(escolha, Escolha::Espelho);
    }
}

#[test]
fn so_o_arbitro_manda_aceito() {
    for conversa in [None, Some(Sessao(1)), Some(Sessao(3))] {
        let escolha = ao_ser_aceito(Sessao(2), Sessao(1), conversa);
        assert_eq!(escolha, Escolha::Lixo);
    }
}
