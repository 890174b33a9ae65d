//! A entrega, em loopback: por um intermediário que perde, repete e suja, e diante de
//! um par que só manda lixo.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sockets::arq::Configuracao;
use sockets::sorteio::Sorteio;

use super::*;
use crate::espera;

const CONVERSA: u32 = 7;
const PRAZO: Duration = Duration::from_secs(30);

/// Prazos curtos: o loopback não atrasa nada.
fn configuracao(janela: u16) -> Configuracao {
    Configuracao {
        janela,
        menor_prazo: Duration::from_millis(2),
        maior_prazo: Duration::from_millis(2),
        ..Configuracao::default()
    }
}

fn abrir() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
}

fn ligar(a: &UdpSocket, b: &UdpSocket) {
    a.connect(b.local_addr().unwrap()).unwrap();
    b.connect(a.local_addr().unwrap()).unwrap();
}

/// O que se quer que chegue: cargas de todo tamanho, a vazia e a maior também.
fn cargas(quantas: usize) -> Vec<Vec<u8>> {
    (0..quantas)
        .map(|n| {
            let tamanho = (n * 397) % (MAIOR_CARGA + 1);
            n.to_be_bytes().into_iter().cycle().take(tamanho).collect()
        })
        .collect()
}

/// Um intermediário entre duas pontas: perde um datagrama em cada cinco, repete um em
/// cada cinco e, antes de um em cada cinco, manda dois estragados: um cortado no
/// cabeçalho e um do outro tipo.
fn intermediar(
    pontas: [&UdpSocket; 2],
    acabou: &AtomicBool,
    semente: u64,
) -> io::Result<()> {
    let mut sorteio = Sorteio::novo(semente);
    let mut buffer = [0; 2048];
    for ponta in pontas {
        ponta.set_nonblocking(true)?;
    }
    let ate = Instant::now() + PRAZO;
    while !acabou.load(Ordering::Relaxed) && Instant::now() < ate {
        espera::legivel(pontas[0], Duration::from_micros(100))?;
        for [de, para] in [pontas, [pontas[1], pontas[0]]] {
            while let Ok(lidos) = de.recv(&mut buffer) {
                match sorteio.abaixo_de(5) {
                    0 => continue,
                    1 => drop(para.send(&buffer[..lidos])),
                    2 => {
                        let corte = usize::from(buffer[12]) % 13;
                        drop(para.send(&buffer[..corte.min(lidos)]));
                        buffer[0] ^= 3;
                        drop(para.send(&buffer[..lidos]));
                        buffer[0] ^= 3;
                    }
                    _ => {}
                }
                drop(para.send(&buffer[..lidos]));
            }
        }
    }
    Ok(())
}

/// Roda `manda` e `recebe`, cada um com o seu canal, com o intermediário entre eles. O
/// destinatário para quando `manda` volta.
fn conversar<T: Send, U>(
    semente: u64,
    recebe: impl FnOnce(Canal, &Limite<'_>) -> T + Send,
    manda: impl FnOnce(Canal, &Limite<'_>) -> U,
) -> (T, U) {
    let [a, b, esquerda, direita] = [(); 4].map(|()| abrir());
    ligar(&a, &esquerda);
    ligar(&b, &direita);
    let canal = |socket| Canal::novo(socket, CONVERSA).unwrap();
    let ate = Instant::now() + PRAZO;
    let acabou = AtomicBool::new(false);
    thread::scope(|escopo| {
        let meio = escopo
            .spawn(|| intermediar([&esquerda, &direita], &acabou, semente));
        let outro = escopo.spawn(|| {
            let parar = || acabou.load(Ordering::Relaxed);
            let parar = &parar;
            recebe(canal(b), &Limite { ate, parar })
        });
        let parar = &|| false;
        let mandou = manda(canal(a), &Limite { ate, parar });
        acabou.store(true, Ordering::Relaxed);
        meio.join().unwrap().unwrap();
        (outro.join().unwrap(), mandou)
    })
}

#[test]
fn tudo_chega_uma_vez_e_em_ordem_com_qualquer_janela() {
    for (semente, janela) in [1, 2, 32, 128].into_iter().enumerate() {
        let esperadas = cargas(200);
        let maior_carga = MAIOR_CARGA;
        let configuracao = Configuracao {
            maior_carga,
            ..configuracao(janela)
        };
        let (recebidas, contas) = conversar(
            semente as u64,
            |canal, limite| {
                let mut recebidas = Vec::new();
                let mut destinatario =
                    Destinatario::novo(canal, configuracao.clone());
                destinatario
                    .receber(limite, |carga, _| recebidas.push(carga.to_vec()))
                    .unwrap();
                let contas = destinatario.contas();
                assert_eq!(contas.receptor.recebidos, 200, "janela {janela}");
                assert!(contas.recusados > 0);
                recebidas
            },
            |canal, limite| {
                let mut remetente =
                    Remetente::novo(canal, configuracao.clone());
                remetente.mandar(esperadas.clone(), limite, |_| {}).unwrap();
                remetente.contas()
            },
        );
        assert!(recebidas == esperadas, "janela {janela}");
        assert_eq!(contas.emissor.enviados, 200);
        assert!(contas.emissor.retransmitidos > 0);
        assert!(contas.recusados > 0);
    }
}

#[test]
fn cada_pergunta_tem_a_sua_resposta_e_e_atendida_uma_vez_so() {
    let (atendidas, ()) = conversar(
        3,
        |canal, limite| {
            let mut atendidas = 0_u64;
            Destinatario::novo(canal, configuracao(1))
                .receber(limite, |pergunta, resposta| {
                    atendidas += 1;
                    resposta.extend(pergunta.iter().rev());
                })
                .unwrap();
            atendidas
        },
        |canal, limite| {
            let mut remetente = Remetente::novo(canal, configuracao(1));
            let mut resposta = Vec::new();
            for numero in 0..200_u64 {
                let pergunta = numero.to_be_bytes();
                remetente
                    .perguntar(&pergunta, limite, &mut resposta)
                    .unwrap();
                resposta.reverse();
                assert_eq!(resposta, pergunta);
            }
        },
    );
    assert_eq!(atendidas, 200);
}

#[test]
fn diante_de_um_par_que_so_manda_lixo_acaba_no_prazo() {
    let [a, b] = [(); 2].map(|()| abrir());
    ligar(&a, &b);
    let mut sorteio = Sorteio::novo(1);
    for tamanho in 0..200 {
        let mut lixo: Vec<u8> = (0..tamanho)
            .map(|_| sorteio.numero().to_be_bytes()[0])
            .collect();
        // Metade passa pelo cabeçalho e mente no resto.
        if let Some(cabecalho) = lixo.get_mut(..5)
            && tamanho % 2 == 0
        {
            cabecalho.copy_from_slice(&[2, 0, 0, 0, 7]);
        }
        b.send(&lixo).unwrap();
    }
    let mut remetente = Remetente::novo(
        Canal::novo(a, CONVERSA).unwrap(),
        Configuracao::default(),
    );
    let limite = Limite {
        ate: Instant::now() + Duration::from_secs(2),
        parar: &|| false,
    };
    let erro = remetente.mandar(cargas(3), &limite, |_| {}).unwrap_err();
    assert!(erro.to_string().contains("não acabou no prazo"), "{erro}");
    let contas = remetente.contas();
    assert_eq!(contas.recusados + contas.recibos, 200);
    assert_eq!(contas.emissor.enviados, 3);
}

#[test]
fn quem_manda_parar_e_atendido() {
    let [a, b] = [(); 2].map(|()| abrir());
    ligar(&a, &b);
    let mut remetente = Remetente::novo(
        Canal::novo(a, CONVERSA).unwrap(),
        Configuracao::default(),
    );
    let limite = Limite {
        ate: Instant::now() + PRAZO,
        parar: &|| true,
    };
    let erro = remetente.mandar(cargas(1), &limite, |_| {}).unwrap_err();
    assert!(erro.is::<crate::resultados::Interrompido>());
    let mut destinatario = Destinatario::novo(
        Canal::novo(b, CONVERSA).unwrap(),
        Configuracao::default(),
    );
    destinatario
        .receber(&limite, |_, _| unreachable!("nada se lê"))
        .unwrap();
}
