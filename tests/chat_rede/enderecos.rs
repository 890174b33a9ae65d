//! Dois endereços diferentes: quem abre primeiro, quem consegue ligar e o IPv6 do enlace.

use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

use cena::Teclado;
use libtest_mimic::Trial;
use provas::ferramentas::Ausente;
use provas::rede::CABO;
use provas::{Falha, Filho, Rede};

use crate::lado::{MODOS, Modo, PRAZO, abrir, abrir_as_duas, acabou_bem, conectou, conferir};
use crate::prova;

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for modo in MODOS {
        for (quem, primeira) in [("ana", 0), ("bia", 1)] {
            let nome = format!("enderecos::{modo}_{quem}_abre_primeiro");
            provas.push(prova(nome, move |rede| em_ordem(rede, modo, primeira)));
        }
        provas.push(ipv6(modo));
    }
    for (quem, fechado) in [("ana", 1), ("bia", 0)] {
        let nome = format!("enderecos::tcp_so_{quem}_recebe_ligacoes");
        provas.push(prova(nome, move |rede| atras_de_um_firewall(rede, fechado)));
    }
    provas
}

const NOMES: [&str; 2] = ["Ana", "Bia"];

/// Uma abre e espera; a outra abre depois.
fn em_ordem(rede: &Rede, modo: Modo, primeira: usize) -> Result<(), Falha> {
    let ips = [0, 1].map(|qual: usize| IpAddr::from(rede.hosts[qual].endereco()));
    let abrir = |qual: usize| {
        let ip = ips[1 - qual].to_string();
        abrir(&rede.hosts[qual], &ip, modo, NOMES[qual], Teclado::Cano)
    };
    let mut antes = abrir(primeira)?;
    antes.esperar_linha_com(&format!("à espera de {}:50000", ips[1 - primeira]))?;
    let mut depois = abrir(1 - primeira)?;
    conversar([&mut antes, &mut depois], primeira, ips)
}

/// As duas se acham, cada uma diz uma coisa, e saem. `primeira` diz quem é o primeiro
/// dos chats, e `ips` são os de Ana e de Bia.
fn conversar(chats: [&mut Filho; 2], primeira: usize, ips: [IpAddr; 2]) -> Result<(), Falha> {
    let [um, outro] = chats;
    let [nome_de_um, nome_do_outro] = [NOMES[primeira], NOMES[1 - primeira]];
    conectou(um, nome_do_outro, ips[1 - primeira])?;
    conectou(outro, nome_de_um, ips[primeira])?;
    um.escrever("oi, é você?\n");
    outro.esperar_linha_com(&format!("{nome_de_um}: oi, é você?"))?;
    outro.escrever("sou eu\n");
    um.esperar_linha_com(&format!("{nome_do_outro}: sou eu"))?;
    um.fechar_entrada();
    outro.esperar_linha_com(&format!("{nome_de_um} saiu"))?;
    outro.fechar_entrada();
    acabou_bem(um, PRAZO)?;
    acabou_bem(outro, PRAZO)?;
    conferir(um, nome_do_outro, &["sou eu".to_string()])?;
    conferir(outro, nome_de_um, &["oi, é você?".to_string()])
}

/// Um firewall joga fora as ligações que chegam a uma delas: vale a que ela mesma faz,
/// seja quem for o árbitro.
fn atras_de_um_firewall(rede: &Rede, fechado: usize) -> Result<(), Falha> {
    rede.hosts[fechado].perder("tcp dport 50000", 1000)?;
    let [mut ana, mut bia] = abrir_as_duas(rede, "tcp", Teclado::Cano)?;
    let ips = [0, 1].map(|qual: usize| IpAddr::from(rede.hosts[qual].endereco()));
    conversar([&mut ana, &mut bia], 0, ips)
}

/// Endereços que só valem no cabo, e por isso dizem em qual: `fe80::2%veth0`.
fn ipv6(modo: Modo) -> Trial {
    let nome = format!("enderecos::{modo}_ipv6_do_enlace");
    if cfg!(target_os = "linux") && !Path::new("/proc/sys/net/ipv6").exists() {
        return Trial::ignorable_test(nome, || {
            Ausente::porque("o IPv6 está desligado no núcleo desta máquina").concluir()
        });
    }
    prova(nome, move |rede| {
        let ips = [1, 2].map(|fim| Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, fim));
        for (host, ip) in rede.hosts.iter().zip(ips) {
            host.ajustar("net/ipv6/conf/all/disable_ipv6", "0")?;
            // Só o nosso: o outro seria sorteado como origem, e ninguém o espera. Sem a
            // busca por um endereço repetido, ele vale já.
            host.ip(&format!("link set {CABO} addrgenmode none"))?;
            host.ip(&format!("-6 address flush dev {CABO}"))?;
            host.ip(&format!("-6 address add {ip}/64 dev {CABO} nodad"))?;
        }
        let abrir = |qual: usize| {
            let ip = format!("{}%{CABO}", ips[1 - qual]);
            abrir(&rede.hosts[qual], &ip, modo, NOMES[qual], Teclado::Cano)
        };
        let [mut ana, mut bia] = [abrir(0)?, abrir(1)?];
        conversar([&mut ana, &mut bia], 0, ips.map(IpAddr::from))
    })
}
