//! As soluções que têm um par de verdade falam com ele, e não só com o conferidor: o
//! emissor com o recebedor, por uma estrada ruim, e o cliente com o chat do livro.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use conferidor::{Datagramas, Ninguem, Processo, Programa, Sentido};

/// Quanto se espera por qualquer coisa: a máquina pode estar ocupada com outros.
const PRAZO: Duration = Duration::from_secs(60);

fn rodar(executavel: &str, argumentos: &[&str]) -> Processo {
    let programa = Programa::novo(Path::new(executavel));
    programa.rodar(argumentos).expect("a solução começa")
}

/// Leva os datagramas entre os dois, por uma estrada em cada sentido, até que o emissor
/// acabe. O recebedor só conhece o endereço de trás; o emissor, o da frente.
fn levar(frente: &Datagramas, recebedor: SocketAddr, emissor: &mut Processo, semente: u64) {
    let tras = Datagramas::novo().expect("há um socket");
    let (mut ida, mut volta) = (Sentido::sorteado(semente), Sentido::sorteado(semente + 1));
    let mut dele = None;
    let ate = Instant::now() + PRAZO;
    while emissor.roda() {
        assert!(Instant::now() < ate, "o emissor não acaba");
        if let Some((datagrama, de)) = frente.receber(Duration::from_millis(2)) {
            dele = Some(de);
            for um in ida.levar(&datagrama) {
                tras.enviar(&um, recebedor).expect("sai");
            }
        }
        if let (Some((datagrama, _)), Some(dele)) = (tras.receber(Duration::from_millis(2)), dele) {
            for um in volta.levar(&datagrama) {
                frente.enviar(&um, dele).expect("sai");
            }
        }
    }
}

#[test]
fn o_emissor_entrega_ao_recebedor_por_uma_estrada_ruim() {
    let linhas: Vec<String> = (0..12).map(|n| format!("linha {n}, com ção")).collect();
    for semente in [1, 2] {
        let frente = Datagramas::novo().expect("há um socket");
        let endereco = frente.endereco().expect("tem endereço").to_string();
        let silencio = "3000";
        let mut recebedor = rodar(
            env!("CARGO_BIN_EXE_solucao-recebedor"),
            &["127.0.0.1:0", silencio],
        );
        let destino = recebedor.endereco().expect("ele diz onde recebe");
        let mut emissor = rodar(
            env!("CARGO_BIN_EXE_solucao-emissor"),
            &[&endereco, "50", "100"],
        );
        emissor.digitar((linhas.join("\n") + "\n").as_bytes());
        emissor.fechar_entrada();
        levar(&frente, destino, &mut emissor, semente);
        assert_eq!(emissor.fim().expect("acaba").codigo, Some(0));
        let fim = recebedor.fim_em(PRAZO).expect("acaba");
        assert_eq!(fim.codigo, Some(0), "{}", fim.erros);
        let escrito = String::from_utf8(fim.saida).expect("é texto");
        assert!(escrito.lines().eq(linhas.iter()), "{escrito}");
    }
}

/// Uma porta em que ninguém atende.
fn porta_livre() -> u16 {
    let escuta = TcpListener::bind("127.0.0.1:0").expect("há uma porta livre");
    escuta.local_addr().expect("tem endereço").port()
}

fn esperar(quem: &str, mut pronto: impl FnMut() -> bool) {
    let ate = Instant::now() + PRAZO;
    while !pronto() {
        assert!(Instant::now() < ate, "{quem}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn escreveu(processo: &Processo, trecho: &str) -> bool {
    String::from_utf8_lossy(&processo.escrito()).contains(trecho)
}

#[test]
fn o_cliente_conversa_com_o_chat_do_livro() {
    // Duas vezes, para que a sorte da sessão faça o árbitro ser ora um, ora outro.
    for _ in 0..2 {
        // Presa antes de se procurar a outra: as duas não são a mesma, e nenhum programa
        // atende nela.
        let ninguem = Ninguem::novo().expect("há uma porta que recusa");
        let par = ninguem.endereco().port().to_string();
        let porta = porta_livre().to_string();
        let mut chat = rodar(
            env!("CARGO_BIN_EXE_chat"),
            &[
                "--ip",
                "127.0.0.1",
                "--porta-local",
                &porta,
                "--porta",
                &par,
                "--nome",
                "Bia",
                "--uma-conversa",
            ],
        );
        esperar("o chat não escuta", || {
            chat.texto_dos_erros().contains("escuta em")
        });
        let alvo = format!("127.0.0.1:{porta}");
        let mut cliente = rodar(env!("CARGO_BIN_EXE_solucao-cliente_chat"), &[&alvo, "Ana"]);
        cliente.digitar("olá, Bia\n".as_bytes());
        esperar("o chat não mostrou a linha da Ana", || {
            escreveu(&chat, "Ana: olá, Bia")
        });
        chat.digitar("olá, ação\n".as_bytes());
        esperar("o cliente não mostrou a linha da Bia", || {
            escreveu(&cliente, "Bia: olá, ação\n")
        });
        // A despedida: quem diz TCHAU primeiro é o cliente.
        let fim = cliente.fim_em(PRAZO).expect("acaba");
        assert_eq!(fim.codigo, Some(0), "{}", fim.erros);
        let fim = chat.fim_em(PRAZO).expect("acaba");
        assert_eq!(fim.codigo, Some(0), "{}", fim.erros);
    }
}
