//! As duas ligam ao mesmo tempo, e as ligações se cruzam de todos os jeitos.
//!
//! Cada chat liga para uma encruzilhada, que só o junta ao outro quando os dois
//! já ligaram. Há então duas conexões e quatro OLÁs a caminho, e a encruzilhada os
//! entrega em cada uma das 24 ordens. A sessão maior, e com ela o árbitro, é
//! sorteada por cada chat.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use libtest_mimic::Trial;
use provas::{Falha, Filho, porta_livre};

use crate::corredor::juntar;
use crate::lado::{Lado, MISTOS, PRAZO, acabou_bem, conferir, par};
use crate::prova;

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for lados in MISTOS {
        // A ordem dos OLÁs começa por cada um dos quatro: seis ordens por prova.
        for primeiro in 0..4 {
            let nome = format!("tcp::{}_{}::cruzamento_{primeiro}", lados[0], lados[1]);
            provas.push(prova(nome, move || {
                let ordens = permutacoes(&[0, 1, 2, 3]);
                for ordem in ordens.into_iter().filter(|ordem| ordem[0] == primeiro) {
                    cruzar(lados, &ordem)?;
                }
                Ok(())
            }));
        }
    }
    provas
}

fn permutacoes(de: &[usize]) -> Vec<Vec<usize>> {
    if de.is_empty() {
        return vec![vec![]];
    }
    let comecando_por = |&primeiro: &usize| {
        let resto: Vec<usize> = de.iter().copied().filter(|&n| n != primeiro).collect();
        let com_ele = move |mut ordem: Vec<usize>| {
            ordem.insert(0, primeiro);
            ordem
        };
        permutacoes(&resto).into_iter().map(com_ele)
    };
    de.iter().flat_map(comecando_por).collect()
}

fn cruzar(lados: [Lado; 2], ordem: &[usize]) -> Result<(), Falha> {
    let [mut ana, mut bia] = par("tcp", lados);
    let encruzilhada = Encruzilhada::abrir([bia.porta_local, ana.porta_local])?;
    [ana.porta, bia.porta] = encruzilhada.portas;
    let mut ana = ana.abrir_e_esperar(&[])?;
    let mut bia = bia.abrir_e_esperar(&[])?;
    let _conexoes = encruzilhada
        .cruzar(ordem)
        .map_err(|erro| ana.falha(&format!("não cruzou na ordem {ordem:?}: {erro}")))?;
    uma_linha(&mut ana, &mut bia)
        .map_err(|falha| Falha::nova(format!("na ordem {ordem:?}: {falha}")))
}

/// Uma linha em cada sentido, e as duas saem.
fn uma_linha(ana: &mut Filho, bia: &mut Filho) -> Result<(), Falha> {
    ana.escrever("oi, Bia\n");
    bia.escrever("oi, Ana\n");
    ana.esperar_linha_com("Bia: oi, Ana")?;
    bia.esperar_linha_com("Ana: oi, Bia")?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(ana)?;
    acabou_bem(bia)?;
    conferir(ana, "Bia", &["oi, Ana".into()])?;
    conferir(bia, "Ana", &["oi, Bia".into()])
}

/// Onde os dois ligam: uma porta para cada um.
struct Encruzilhada {
    escutas: [TcpListener; 2],
    portas: [u16; 2],
    destinos: [u16; 2],
}

impl Encruzilhada {
    fn abrir(destinos: [u16; 2]) -> Result<Self, Falha> {
        let escutar = || {
            let porta = porta_livre();
            TcpListener::bind((Ipv4Addr::LOCALHOST, porta)).map(|escuta| (escuta, porta))
        };
        let aberta = escutar().and_then(|uma| Ok((uma, escutar()?)));
        let ((de_ana, porta_de_ana), (de_bia, porta_de_bia)) =
            aberta.map_err(|erro| Falha::nova(format!("não abriu a encruzilhada: {erro}")))?;
        Ok(Self {
            escutas: [de_ana, de_bia],
            portas: [porta_de_ana, porta_de_bia],
            destinos,
        })
    }

    /// Espera as duas ligações, entrega os quatro OLÁs na ordem e junta as pontas.
    /// Devolve a thread que atende as tentativas seguintes, se houver.
    fn cruzar(self, ordem: &[usize]) -> io::Result<Vec<TcpStream>> {
        let mut pontas = Vec::new();
        for (escuta, destino) in self.escutas.iter().zip(self.destinos) {
            let (quem_ligou, _) = escuta.accept()?;
            let quem_atende = TcpStream::connect((Ipv4Addr::LOCALHOST, destino))?;
            pontas.push(quem_ligou);
            pontas.push(quem_atende);
        }
        // A outra ponta da conexão: 0 com 1, 2 com 3.
        let outra = |qual: usize| qual ^ 1;
        let olas: Vec<Vec<u8>> = pontas.iter().map(ler_quadro).collect::<Result<_, _>>()?;
        for &qual in ordem {
            (&pontas[outra(qual)]).write_all(&olas[qual])?;
        }
        for conexao in pontas.chunks(2) {
            juntar(&conexao[0], &conexao[1], usize::MAX);
        }
        for (escuta, destino) in self.escutas.into_iter().zip(self.destinos) {
            thread::spawn(move || atender_o_resto(&escuta, destino));
        }
        Ok(pontas)
    }
}

/// Quem liga de novo passa direto, enquanto os chats existirem.
fn atender_o_resto(escuta: &TcpListener, destino: u16) {
    for de in escuta.incoming() {
        let (Ok(de), Ok(para)) = (de, TcpStream::connect((Ipv4Addr::LOCALHOST, destino))) else {
            return;
        };
        juntar(&de, &para, usize::MAX);
    }
}

/// Um quadro inteiro, com o tamanho.
pub fn ler_quadro(mut ponta: &TcpStream) -> io::Result<Vec<u8>> {
    ponta.set_read_timeout(Some(PRAZO))?;
    let mut quadro = vec![0; 2];
    ponta.read_exact(&mut quadro)?;
    let tamanho = usize::from(u16::from_be_bytes([quadro[0], quadro[1]]));
    quadro.resize(2 + tamanho, 0);
    ponta.read_exact(&mut quadro[2..])?;
    ponta.set_read_timeout(None)?;
    Ok(quadro)
}
