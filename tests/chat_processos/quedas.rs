//! Um dos programas morre, ou o caminho entre os dois: o outro diz, e o que se
//! digita no meio não se perde nem se repete.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use libtest_mimic::Trial;
use provas::{Falha, porta_livre};
use socket2::SockRef;

use provas::chat::{MODOS, Modo, acabou, conectados, ditas, par, prova};

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![prova("tcp::queda::rst", rst)];
    for modo in MODOS {
        provas.push(prova(
            format!("{modo}::queda::bia_morre_e_volta"),
            move || morre_e_volta(modo),
        ));
    }
    provas
}

/// Bia é morta sem despedida. O que Ana digita até ela voltar chega uma vez à Bia
/// nova.
fn morre_e_volta(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let mut ana = ana.abrir()?;
    let mut primeira = bia.abrir()?;
    conectados(&mut ana, &mut primeira)?;
    primeira.escrever("sou a primeira\n");
    ana.esperar_linha_com("Bia: sou a primeira")?;
    primeira.matar();
    ana.esperar_linha_com("a conversa com Bia caiu")?;
    ana.escrever("um\ndois\n");
    let mut segunda = bia.abrir()?;
    conectados(&mut ana, &mut segunda)?;
    segunda.esperar_linha_com("Ana: dois")?;
    segunda.escrever("sou a segunda\n");
    ana.esperar_linha_com("Bia: sou a segunda")?;
    ana.fechar_entrada();
    segunda.esperar_linha_com("Ana saiu")?;
    acabou(&mut ana, 0)?;
    segunda.fechar_entrada();
    acabou(&mut segunda, 0)?;
    if ditas(&segunda, "Ana") == ["um", "dois"] {
        return Ok(());
    }
    Err(segunda.falha("não mostrou uma vez cada linha de Ana"))
}

/// A conexão é cortada com RST dos dois lados, e se refaz; o que cada uma digita no
/// meio chega uma vez.
fn rst() -> Result<(), Falha> {
    let [mut ana, mut bia] = par("tcp");
    let corredor = Corredor::abrir(bia.local).map_err(|erro| erro_de_rede(&erro))?;
    // Só Ana liga, e pelo corredor: para a porta a que Bia liga ninguém olha.
    ana.porta = corredor.porta;
    bia.porta = porta_livre();
    let mut bia = bia.abrir_e_esperar()?;
    let mut ana = ana.abrir()?;
    for vez in 1..=3 {
        let volta = if vez == 1 {
            "conectado com"
        } else {
            "está de volta"
        };
        let conexao = corredor.atender().map_err(|erro| erro_de_rede(&erro))?;
        ana.esperar_linha_com(volta)?;
        bia.esperar_linha_com(volta)?;
        ana.escrever(format!("{vez} de Ana\n"));
        bia.escrever(format!("{vez} de Bia\n"));
        bia.esperar_linha_com(&format!("Ana: {vez} de Ana"))?;
        ana.esperar_linha_com(&format!("Bia: {vez} de Bia"))?;
        if vez == 3 {
            ana.fechar_entrada();
            acabou(&mut ana, 0)?;
            bia.fechar_entrada();
            acabou(&mut bia, 0)?;
            break;
        }
        conexao.cortar().map_err(|erro| erro_de_rede(&erro))?;
        ana.esperar_linha_com("a conversa com Bia caiu")?;
        bia.esperar_linha_com("a conversa com Ana caiu")?;
        ana.escrever(format!("depois de {vez}\n"));
        bia.escrever(format!("depois de {vez}\n"));
    }
    let esperadas = |quem| {
        [
            format!("1 de {quem}"),
            "depois de 1".into(),
            format!("2 de {quem}"),
            "depois de 2".into(),
            format!("3 de {quem}"),
        ]
    };
    if ditas(&bia, "Ana") != esperadas("Ana") {
        return Err(bia.falha("não mostrou uma vez cada linha de Ana"));
    }
    if ditas(&ana, "Bia") != esperadas("Bia") {
        return Err(ana.falha("não mostrou uma vez cada linha de Bia"));
    }
    Ok(())
}

fn erro_de_rede(erro: &io::Error) -> Falha {
    Falha::nova(format!("o corredor falhou: {erro}"))
}

/// Um caminho entre os dois que se pode cortar.
struct Corredor {
    escuta: TcpListener,
    porta: u16,
    destino: u16,
}

impl Corredor {
    fn abrir(destino: u16) -> io::Result<Self> {
        let porta = porta_livre();
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, porta))?;
        Ok(Self {
            escuta,
            porta,
            destino,
        })
    }

    /// Espera que liguem, e leva os bytes de um lado ao outro.
    fn atender(&self) -> io::Result<Conexao> {
        let (de, _) = self.escuta.accept()?;
        let para = TcpStream::connect((Ipv4Addr::LOCALHOST, self.destino))?;
        let cortada = Arc::new(AtomicBool::new(false));
        let pontas = [Arc::new(de), Arc::new(para)];
        for ponta in &pontas {
            // De tanto em tanto se olha se é hora de cortar.
            ponta.set_read_timeout(Some(Duration::from_millis(20)))?;
        }
        let levam = [(0, 1), (1, 0)].map(|(de, para)| {
            let (de, para) = (Arc::clone(&pontas[de]), Arc::clone(&pontas[para]));
            let cortada = Arc::clone(&cortada);
            thread::spawn(move || levar(&de, &para, &cortada))
        });
        Ok(Conexao {
            pontas,
            levam,
            cortada,
        })
    }
}

/// Leva bytes até o fim do fluxo, um erro ou o corte.
fn levar(mut de: &TcpStream, mut para: &TcpStream, cortada: &AtomicBool) {
    let mut bytes = [0; 4096];
    while !cortada.load(Ordering::SeqCst) {
        match de.read(&mut bytes) {
            Ok(0) => {
                let _ = para.shutdown(Shutdown::Write);
                return;
            }
            Ok(lidos) if para.write_all(&bytes[..lidos]).is_ok() => {}
            Err(erro) if matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            _ => return,
        }
    }
}

/// As duas pontas que o corredor tem.
struct Conexao {
    pontas: [Arc<TcpStream>; 2],
    levam: [JoinHandle<()>; 2],
    cortada: Arc<AtomicBool>,
}

impl Conexao {
    /// RST para os dois lados: com este `linger`, fechar não manda FIN (`socket(7)`).
    fn cortar(self) -> io::Result<()> {
        for ponta in &self.pontas {
            SockRef::from(&**ponta).set_linger(Some(Duration::ZERO))?;
        }
        self.cortada.store(true, Ordering::SeqCst);
        for leva in self.levam {
            leva.join().expect("quem leva não entra em pânico");
        }
        Ok(())
    }
}
