//! O que um programa vê por um caminho que perde, repete, troca e atrasa.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use medir::caminho::Regras;
use medir::espera;
use medir::laboratorio::{AjustesTcp, Laboratorio, Lado};
use sockets::medir::contagem::Contagem;

/// Quanto se espera, no máximo, por qualquer coisa.
const PRAZO: Duration = Duration::from_secs(60);

/// Quantos datagramas se mandam antes de recolher os que chegaram: cabem, com folga, em
/// qualquer buffer de recepção.
const LOTE: u64 = 50;

/// Manda `total` datagramas numerados de `de` a `para`, que os conta.
fn mandar(
    laboratorio: &Laboratorio,
    de: &UdpSocket,
    para: &UdpSocket,
    total: u64,
) -> Result<Contagem> {
    let mut contagem = Contagem::nova(total)?;
    let lidos = laboratorio.lidos_do_cliente();
    para.set_nonblocking(true)?;
    for numero in 0..total {
        de.send(&numero.to_be_bytes())?;
        if numero % LOTE == LOTE - 1 {
            let inicio = Instant::now();
            while laboratorio.lidos_do_cliente() <= lidos + numero {
                ensure!(inicio.elapsed() < PRAZO, "o emulador parou");
                thread::yield_now();
            }
            recolher(para, &mut contagem);
        }
    }
    // Quando as contas chegam, tudo já saiu do caminho.
    let _ = laboratorio.contas();
    recolher(para, &mut contagem);
    Ok(contagem)
}

fn recolher(de: &UdpSocket, contagem: &mut Contagem) {
    let mut numero = [0; 8];
    while let Ok(8) = de.recv(&mut numero) {
        contagem.chegou(u64::from_be_bytes(numero), 0);
    }
}

/// Perda, repetição e troca, sós e juntas: o que o receptor conta é o que o caminho diz
/// que fez, ao pacote.
pub fn a_conta_fecha_ao_pacote() -> Result<()> {
    const TOTAL: u64 = 3000;
    let laboratorio = Laboratorio::montar()?;
    let (cliente, servidor) = laboratorio.par_udp()?;
    for (semente, [perda, duplicacao, reordenacao]) in (1..).zip([
        [0.0, 0.0, 0.0],
        [0.01, 0.0, 0.0],
        [0.2, 0.0, 0.0],
        [0.0, 0.1, 0.0],
        [0.0, 0.0, 0.1],
        [0.05, 0.05, 0.3],
    ]) {
        let ida = Regras {
            perda,
            duplicacao,
            reordenacao,
            ..Regras::default()
        };
        let antes = laboratorio.contadores(Lado::Servidor)?;
        laboratorio.aplicar(ida, Regras::default(), semente);
        let contagem = mandar(&laboratorio, &cliente, &servidor, TOTAL)?;
        let contas = laboratorio.contas();
        let depois = laboratorio.contadores(Lado::Servidor)?;
        assert_eq!(
            depois.udp_sem_buffer, antes.udp_sem_buffer,
            "lotes grandes demais"
        );
        assert_eq!(contas.ida.entraram, TOTAL);
        assert_eq!(contagem.perdidos(), contas.ida.derrubados);
        assert_eq!(contagem.repetidos(), contas.ida.duplicados);
        assert_eq!(contagem.ultrapassados(), contas.ida.reordenados);
        assert_eq!(contas.ida.falhas + contas.ida.grandes, 0);
        assert_eq!(contas.volta.entraram, 0, "a rede não está quieta");
        for (probabilidade, quantos) in [
            (perda, contas.ida.derrubados),
            (duplicacao, contas.ida.duplicados),
            (reordenacao, contas.ida.reordenados),
        ] {
            assert_eq!(probabilidade > 0.0, quantos > 0, "{contas:?}");
        }
    }
    Ok(())
}

/// Cada sentido tem as suas regras, as suas contas e o seu sorteio.
pub fn os_sentidos_sao_dois() -> Result<()> {
    const TOTAL: u64 = 200;
    let laboratorio = Laboratorio::montar()?;
    let (cliente, servidor) = laboratorio.par_udp()?;
    let metade = Regras {
        perda: 0.5,
        ..Regras::default()
    };
    let chegam = |ida: &Regras, volta: &Regras| -> Result<[Vec<u64>; 2]> {
        laboratorio.aplicar(ida.clone(), volta.clone(), 77);
        for numero in 0..TOTAL {
            cliente.send(&numero.to_be_bytes())?;
            servidor.send(&numero.to_be_bytes())?;
        }
        let contas = laboratorio.contas();
        assert_eq!((contas.ida.entraram, contas.volta.entraram), (TOTAL, TOTAL));
        Ok([&servidor, &cliente].map(recolher_numeros))
    };
    let [na_ida, na_volta] = chegam(&metade, &metade)?;
    assert_ne!(na_ida, na_volta, "os dois sentidos perderam os mesmos");
    assert_eq!(
        chegam(&metade, &metade)?,
        [na_ida, na_volta],
        "não se repete"
    );
    let [na_ida, na_volta] = chegam(&metade, &Regras::default())?;
    assert!(na_ida.len() < 150, "{}", na_ida.len());
    assert_eq!(na_volta.len(), 200);
    Ok(())
}

fn recolher_numeros(de: &UdpSocket) -> Vec<u64> {
    let mut numeros = Vec::new();
    let mut numero = [0; 8];
    de.set_nonblocking(true).expect("é um socket aberto");
    while let Ok(8) = de.recv(&mut numero) {
        numeros.push(u64::from_be_bytes(numero));
    }
    numeros
}

/// Os relógios dos dois computadores são um só: a demora de um sentido é direta.
pub fn nada_chega_antes_do_atraso() -> Result<()> {
    let laboratorio = Laboratorio::montar()?;
    let (cliente, servidor) = laboratorio.par_udp()?;
    let atraso = Duration::from_millis(15);
    let ida = Regras {
        atraso,
        variacao: Duration::from_millis(10),
        ..Regras::default()
    };
    laboratorio.aplicar(ida, Regras::default(), 3);
    let comeco = Instant::now();
    let receptor = thread::spawn(move || -> Result<()> {
        let mut esperado = 0_u64;
        let mut carga = [0; 16];
        while esperado < 100 {
            ensure!(espera::legivel(&servidor, PRAZO)?, "não chegou");
            servidor.recv(&mut carga)?;
            let agora = comeco.elapsed();
            let [numero, nanos] = [0, 8]
                .map(|n| u64::from_be_bytes(carga[n..n + 8].try_into().expect("são oito bytes")));
            assert_eq!(numero, esperado, "fora de ordem");
            assert!(agora >= Duration::from_nanos(nanos) + atraso, "cedo demais");
            esperado += 1;
        }
        Ok(())
    });
    for numero in 0..100_u64 {
        let nanos = u64::try_from(comeco.elapsed().as_nanos())?;
        cliente.send(&[numero.to_be_bytes(), nanos.to_be_bytes()].concat())?;
        // Um por milissegundo: juntos, sairiam juntos.
        espera::legivel(&cliente, Duration::from_millis(1))?;
    }
    receptor.join().expect("o receptor não entra em pânico")
}

/// Quem pede as contas logo depois de mandar as recebe com tudo já do outro lado.
pub fn as_contas_esperam_o_que_entrou() -> Result<()> {
    let laboratorio = Laboratorio::montar()?;
    let (cliente, servidor) = laboratorio.par_udp()?;
    let ida = Regras {
        atraso: Duration::from_millis(60),
        reordenacao: 0.2,
        ..Regras::default()
    };
    laboratorio.aplicar(ida, Regras::default(), 5);
    for numero in 0..100_u64 {
        cliente.send(&numero.to_be_bytes())?;
    }
    let contas = laboratorio.contas();
    assert_eq!((contas.ida.entraram, contas.ida.sairam), (100, 100));
    assert_eq!(recolher_numeros(&servidor).len(), 100);
    Ok(())
}

/// Nem o que esperava no caminho nem o que ainda não se tinha lido entra nas contas
/// novas, ou chega.
pub fn aplicar_esquece_o_que_estava_no_caminho() -> Result<()> {
    let laboratorio = Laboratorio::montar()?;
    let (cliente, servidor) = laboratorio.par_udp()?;
    let sem_fim = Regras {
        atraso: Duration::MAX,
        ..Regras::default()
    };
    laboratorio.aplicar(sem_fim, Regras::default(), 1);
    for numero in 0..100_u64 {
        cliente.send(&numero.to_be_bytes())?;
    }
    laboratorio.aplicar(Regras::default(), Regras::default(), 1);
    cliente.send(&7_u64.to_be_bytes())?;
    let contas = laboratorio.contas();
    assert_eq!((contas.ida.entraram, contas.ida.sairam), (1, 1));
    assert_eq!(recolher_numeros(&servidor), [7]);
    Ok(())
}

/// Somas de verificação, tamanhos e bytes: nada muda no caminho, que o TCP confere.
pub fn o_tcp_chega_inteiro_por_um_caminho_ruim() -> Result<()> {
    let laboratorio = Laboratorio::montar()?;
    let mut pontas = laboratorio.par_tcp(AjustesTcp::default())?;
    let ruim = Regras {
        perda: 0.01,
        duplicacao: 0.05,
        reordenacao: 0.05,
        variacao: Duration::from_millis(2),
        ..Regras::default()
    };
    laboratorio.aplicar(ruim.clone(), ruim, 9);
    transferir(&mut pontas, 300_000)?;
    let contas = laboratorio.contas();
    for sentido in [contas.ida, contas.volta] {
        assert!(sentido.derrubados + sentido.duplicados + sentido.reordenados > 0);
        assert_eq!(sentido.falhas + sentido.grandes, 0, "{contas:?}");
    }
    Ok(())
}

/// Passa `quantos` bytes de uma ponta à outra, e confere que chegam os mesmos.
pub fn transferir((de, para): &mut (TcpStream, TcpStream), quantos: usize) -> Result<()> {
    let mandado: Vec<u8> = (0..=250).cycle().take(quantos).collect();
    let mut recebido = vec![0; quantos];
    para.set_read_timeout(Some(PRAZO))?;
    thread::scope(|escopo| -> Result<()> {
        let leitor = escopo.spawn(|| para.read_exact(&mut recebido));
        de.write_all(&mandado)?;
        Ok(leitor.join().expect("o leitor não entra em pânico")?)
    })?;
    assert!(recebido == mandado, "os bytes mudaram no caminho");
    Ok(())
}
