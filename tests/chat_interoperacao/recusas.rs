//! Quem não fala este protocolo, ou o fala de outro jeito, ouve um não com motivo,
//! e o chat continua à espera do outro.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};

use libtest_mimic::Trial;
use provas::{Falha, Filho};

use crate::cruzamento::ler_quadro;
use crate::lado::{Lado, MISTOS, Modo, PRAZO, Pedido, Python, Rust, acabou_bem, par};
use crate::prova;

const OLA: u8 = 1;
const RECUSA: u8 = 3;

const VERSAO: u8 = 1;
const ESTRANHO: u8 = 2;
const LIXO: u8 = 4;
const MODO: u8 = 5;

/// Um OLÁ sem conhecidos, de nome `x`. A sessão é a maior que há: o árbitro seria
/// quem o manda, e o chat só tem de esperar.
fn ola(versao: u8, modo: u8) -> Vec<u8> {
    let mut corpo = vec![OLA, versao, modo];
    for numero in [u64::MAX, 0, 0, 0] {
        corpo.extend(numero.to_be_bytes());
    }
    corpo.push(b'x');
    corpo
}

fn quadro(corpo: &[u8]) -> Vec<u8> {
    let tamanho = u16::try_from(corpo.len()).expect("corpos curtos");
    [&tamanho.to_be_bytes()[..], corpo].concat()
}

fn datagrama(versao: u8, corpo: &[u8]) -> Vec<u8> {
    [b"SK", &[versao][..], &[0; 8], corpo].concat()
}

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for lado in [Rust, Python] {
        let recusas = [
            ("versao_9", quadro(&ola(9, 1)), VERSAO),
            ("versao_9_e_nada_mais", quadro(&[OLA, 9]), VERSAO),
            ("modo_trocado", quadro(&ola(1, 2)), MODO),
            ("http", b"GET / HTTP/1.1\r\n\r\n".to_vec(), LIXO),
            ("http_no_segundo_byte", b"GE".to_vec(), LIXO),
            ("quadro_vazio", vec![0, 0], LIXO),
            ("item_antes_do_ola", quadro(&[4; 12]), LIXO),
            ("dois_olas", quadro(&ola(1, 1)).repeat(2), LIXO),
        ];
        for (nome, bytes, motivo) in recusas {
            let nome = format!("tcp::{lado}::recusa_{nome}");
            provas.push(prova(nome, move || recusa_em_tcp(lado, &bytes, motivo)));
        }
        if cfg!(target_os = "linux") {
            // Só no Linux todo 127.0.0.0/8 é desta máquina.
            let nome = format!("tcp::{lado}::recusa_estranho");
            provas.push(prova(nome, move || estranho(lado)));
        }
        for (modo, numero) in [("udp", 2), ("udp-confiavel", 3)] {
            let recusas = [
                ("datagrama_de_versao_9", datagrama(9, b"?"), VERSAO),
                ("ola_de_versao_9", datagrama(1, &ola(9, numero)), VERSAO),
                ("modo_trocado", datagrama(1, &ola(1, 5 - numero)), MODO),
            ];
            for (nome, bytes, motivo) in recusas {
                let nome = format!("{modo}::{lado}::recusa_{nome}");
                let roda = move || recusa_em_udp(modo, lado, &bytes, motivo);
                provas.push(prova(nome, roda));
            }
        }
        let nome = format!("tcp::{lado}::ouve_a_recusa_da_versao_9");
        provas.push(prova(nome, move || ouve_a_recusa(lado)));
    }
    for lados in MISTOS {
        let nome = format!("udp::{}_{}::modos_trocados", lados[0], lados[1]);
        provas.push(prova(nome, move || modos_trocados(lados)));
    }
    provas
}

fn falhou(chat: &Filho, erro: &io::Error) -> Falha {
    chat.falha(&format!("a conversa com ele falhou: {erro}"))
}

fn recusa_em_tcp(lado: Lado, bytes: &[u8], motivo: u8) -> Result<(), Falha> {
    let [ana, bia] = par("tcp", [lado, Python]);
    let mut ana = ana.abrir_e_esperar(&[])?;
    let ouvido = (|| {
        let mut estranho = TcpStream::connect((Ipv4Addr::LOCALHOST, bia.porta))?;
        estranho.set_read_timeout(Some(PRAZO))?;
        estranho.write_all(bytes)?;
        ouvir_tudo(&mut estranho)
    })();
    let ouvido = ouvido.map_err(|erro| falhou(&ana, &erro))?;
    match &ouvido[..] {
        [ola, recusa] if ola[2] == OLA && recusa[2..4] == [RECUSA, motivo] => {}
        _ => return Err(ana.falha(&format!("respondeu {ouvido:x?}"))),
    }
    ainda_conversa(&mut ana, bia)
}

/// Todos os quadros, até o fim do fluxo, que tem de vir sem RST.
fn ouvir_tudo(fluxo: &mut TcpStream) -> io::Result<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    fluxo.read_to_end(&mut bytes)?;
    let mut quadros = Vec::new();
    while bytes.len() >= 2 {
        let tamanho = 2 + usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        if tamanho > bytes.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        quadros.push(bytes.drain(..tamanho).collect());
    }
    Ok(quadros)
}

/// Depois da recusa, o chat conversa com quem devia, como se nada fosse.
fn ainda_conversa(ana: &mut Filho, bia: Pedido) -> Result<(), Falha> {
    let mut bia = bia.abrir(&[])?;
    ana.escrever("oi\n");
    bia.esperar_linha_com("Ana: oi")?;
    bia.escrever("oi, Ana\n");
    ana.esperar_linha_com("Bia: oi, Ana")?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(ana)?;
    acabou_bem(&mut bia)
}

/// Quem liga de outro endereço não ouve nem o OLÁ: só a recusa.
fn estranho(lado: Lado) -> Result<(), Falha> {
    let [ana, bia] = par("tcp", [lado, Python]);
    let mut ana = ana.abrir_e_esperar(&[])?;
    let ouvido = (|| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into())?;
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, bia.porta)).into())?;
        let mut estranho = TcpStream::from(socket);
        estranho.set_read_timeout(Some(PRAZO))?;
        ouvir_tudo(&mut estranho)
    })();
    let ouvido = ouvido.map_err(|erro| falhou(&ana, &erro))?;
    match &ouvido[..] {
        [recusa] if recusa[2..4] == [RECUSA, ESTRANHO] => ainda_conversa(&mut ana, bia),
        _ => Err(ana.falha(&format!("respondeu {ouvido:x?}"))),
    }
}

fn recusa_em_udp(modo: Modo, lado: Lado, bytes: &[u8], motivo: u8) -> Result<(), Falha> {
    let [ana, bia] = par(modo, [lado, Python]);
    let mut ana_aberta = ana.abrir_e_esperar(&[])?;
    let respondeu = (|| {
        let outro = UdpSocket::bind((Ipv4Addr::LOCALHOST, bia.porta_local))?;
        outro.set_read_timeout(Some(PRAZO))?;
        outro.send_to(bytes, (Ipv4Addr::LOCALHOST, ana.porta_local))?;
        let mut buffer = [0; 2000];
        loop {
            let (tamanho, _) = outro.recv_from(&mut buffer)?;
            // No meio vêm os OLÁs do chat, que não para de os repetir.
            if buffer[11] != OLA {
                return Ok(buffer[..tamanho].to_vec());
            }
        }
    })();
    let respondeu = respondeu.map_err(|erro| falhou(&ana_aberta, &erro))?;
    if respondeu[..13] != datagrama(1, &[RECUSA, motivo]) {
        return Err(ana_aberta.falha(&format!("respondeu {respondeu:x?}")));
    }
    ainda_conversa(&mut ana_aberta, bia)
}

/// Um programa da versão 9 recusa, com a frase dele; o chat a mostra e insiste.
fn ouve_a_recusa(lado: Lado) -> Result<(), Falha> {
    let [ana, bia] = par("tcp", [lado, Python]);
    let mut ana = ana.abrir_e_esperar(&[])?;
    let falou = (|| {
        let mut futuro = TcpStream::connect((Ipv4Addr::LOCALHOST, bia.porta))?;
        let frase = "aqui só se fala a 9\u{1b}[31m";
        let corpo = [&[RECUSA, VERSAO], frase.as_bytes()].concat();
        futuro.write_all(&quadro(&corpo))?;
        ler_quadro(&futuro)
    })();
    falou.map_err(|erro| falhou(&ana, &erro))?;
    ana.esperar_linha_com(r"aqui só se fala a 9\u{1b}[31m")?;
    ainda_conversa(&mut ana, bia)
}

/// Um em udp, o outro em udp-confiavel: os dois sabem por que não conversam.
fn modos_trocados(lados: [Lado; 2]) -> Result<(), Falha> {
    let [ana, mut bia] = par("udp", lados);
    bia.modo = "udp-confiavel";
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    for (chat, lado) in [(&mut ana, lados[0]), (&mut bia, lados[1])] {
        chat.esperar_linha_com(match lado {
            Rust => "Use o mesmo --protocolo nos dois",
            Python => "(motivo 5)",
        })?;
        chat.fechar_entrada();
    }
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)
}
