//! Uma rede ruim entre os dois lados: um encaminhador UDP que perde, duplica e
//! atrasa, e que sabe exatamente o que fez.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use sockets::chat::datagrama;
use sockets::chat::protocolo::Mensagem;

use super::sorteio::Sorteio;

/// O que a rede faz com cada datagrama, em chances de cem.
#[derive(Clone, Copy, Default)]
pub struct Rede {
    pub perda: u64,
    pub duplicacao: u64,
    pub reordenacao: u64,
    pub atraso: Duration,
}

impl Rede {
    /// Atrasa 5 ms em cada sentido, e mais nada.
    pub const BOA: Self = Self {
        perda: 0,
        duplicacao: 0,
        reordenacao: 0,
        atraso: Duration::from_millis(5),
    };

    pub const fn ruim(perda: u64) -> Self {
        Self {
            perda,
            duplicacao: 10,
            reordenacao: 10,
            atraso: Duration::from_millis(5),
        }
    }
}

/// O que interessa do que foi entregue a um lado, na ordem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entregue {
    Item(u64),
    Tchau(u64),
    Outro,
}

/// Quantos datagramas chegam por vez, no máximo: o sistema guarda só uns tantos de quem
/// ainda não os leu, e o que passasse disso sumiria sem entrar nas contas.
const POR_VEZ: usize = 64;

/// As contas de um sentido.
#[derive(Default)]
pub struct Contas {
    /// Os números dos itens que o remetente mandou.
    pub itens: BTreeSet<u64>,
    /// O que chegou ao destino, com as cópias.
    pub entregues: Vec<Entregue>,
}

impl Contas {
    /// Os itens entregues ao menos uma vez.
    pub fn chegaram(&self) -> BTreeSet<u64> {
        self.numeros().collect()
    }

    pub fn perdidos(&self) -> u64 {
        self.itens.difference(&self.chegaram()).count() as u64
    }

    pub fn copias(&self) -> u64 {
        (self.numeros().count() - self.chegaram().len()) as u64
    }

    /// Os itens cuja primeira cópia chegou depois de um maior, ou do TCHAU.
    pub fn atrasados(&self) -> u64 {
        let mut vistos = BTreeSet::new();
        let mut proximo = 0;
        let mut atrasados = 0;
        for entregue in &self.entregues {
            match *entregue {
                Entregue::Item(numero) => {
                    if vistos.insert(numero) && numero < proximo {
                        atrasados += 1;
                    }
                    proximo = proximo.max(numero + 1);
                }
                Entregue::Tchau(enviados) => proximo = proximo.max(enviados),
                Entregue::Outro => {}
            }
        }
        atrasados
    }

    fn numeros(&self) -> impl Iterator<Item = u64> {
        self.entregues.iter().filter_map(|entregue| match entregue {
            Entregue::Item(numero) => Some(*numero),
            _ => None,
        })
    }
}

/// O que está a caminho, a ordem em que entrou, o destino e os bytes; na frente, o que
/// chega primeiro.
type EmTransito = BinaryHeap<Reverse<(Instant, u64, usize, Vec<u8>)>>;

/// O encaminhador. O lado 0 fala com a ponta 0, que põe na ponta 1 o que ouve.
pub struct Encaminhador {
    pontas: [UdpSocket; 2],
    lados: [Option<SocketAddr>; 2],
    pub rede: Rede,
    /// Se nada passa, em sentido nenhum.
    pub cortada: bool,
    sorteio: Sorteio,
    fila: EmTransito,
    ordem: u64,
    /// Quantos datagramas cada lado mandou.
    pub mandados: [u64; 2],
    /// As contas do que vai para cada lado.
    pub para: [Contas; 2],
}

impl Encaminhador {
    pub fn novo(rede: Rede, semente: u64) -> Self {
        let ponta = || {
            let ponta = UdpSocket::bind("127.0.0.1:0").unwrap();
            ponta.set_nonblocking(true).unwrap();
            ponta
        };
        Self {
            pontas: [ponta(), ponta()],
            lados: [None, None],
            rede,
            cortada: false,
            sorteio: Sorteio::novo(semente),
            fila: BinaryHeap::new(),
            ordem: 0,
            mandados: [0; 2],
            para: Default::default(),
        }
    }

    /// O endereço a que este lado fala, achando que é o outro.
    pub fn endereco(&self, lado: usize) -> SocketAddr {
        self.pontas[lado].local_addr().unwrap()
    }

    /// Onde este lado está agora.
    pub fn ligar(&mut self, lado: usize, endereco: SocketAddr) {
        self.lados[lado] = Some(endereco);
    }

    /// Põe na rede, já, um datagrama que ninguém mandou. `false` se este sistema não
    /// leva um tão grande.
    pub fn injetar(&mut self, destino: usize, datagrama: &[u8]) -> bool {
        self.lados[destino]
            .is_some_and(|endereco| self.pontas[destino].send_to(datagrama, endereco).is_ok())
    }

    /// Leva o que chegou e entrega o que está na hora. `true` se fez alguma coisa.
    pub fn bombear(&mut self, agora: Instant) -> bool {
        let mut fez = false;
        let mut buffer = [0; 2048];
        for de in 0..2 {
            while let Ok((tamanho, remetente)) = self.pontas[de].recv_from(&mut buffer) {
                fez = true;
                if Some(remetente) == self.lados[de] {
                    self.mandados[de] += 1;
                    self.levar(1 - de, &buffer[..tamanho], agora);
                }
            }
        }
        let mut entregues = 0;
        while entregues < POR_VEZ
            && let Some(Reverse((quando, ..))) = self.fila.peek()
            && *quando <= agora
        {
            let Some(Reverse((_, _, destino, datagrama))) = self.fila.pop() else {
                break;
            };
            fez = true;
            entregues += 1;
            self.para[destino].entregues.push(classificar(&datagrama));
            self.injetar(destino, &datagrama);
        }
        fez
    }

    /// Quando há algo a entregar.
    pub fn proximo_prazo(&self) -> Option<Instant> {
        self.fila.peek().map(|Reverse((quando, ..))| *quando)
    }

    fn levar(&mut self, destino: usize, datagrama: &[u8], agora: Instant) {
        if let Entregue::Item(numero) = classificar(datagrama) {
            self.para[destino].itens.insert(numero);
        }
        if self.cortada || self.sorteio.por_cento(self.rede.perda) {
            return;
        }
        let copias = 1 + usize::from(self.sorteio.por_cento(self.rede.duplicacao));
        for _ in 0..copias {
            let mut quando = agora + self.rede.atraso;
            if self.sorteio.por_cento(self.rede.reordenacao) {
                quando += Duration::from_millis(self.sorteio.ate(40));
            }
            self.ordem += 1;
            self.fila
                .push(Reverse((quando, self.ordem, destino, datagrama.to_vec())));
        }
    }
}

fn classificar(bytes: &[u8]) -> Entregue {
    match datagrama::abrir(bytes).map(|datagrama| datagrama.mensagem) {
        Ok(Mensagem::Item { numero, .. }) => Entregue::Item(numero),
        Ok(Mensagem::Tchau { enviados }) => Entregue::Tchau(enviados),
        _ => Entregue::Outro,
    }
}
