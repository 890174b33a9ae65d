//! O laço contra um transporte de mentira, que faz o que a prova manda.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::*;
use crate::chat::evento::{self, Evento, EventoDeTeclado, Remetente};
use crate::chat::interrupcao::Interrompido;
use crate::chat::protocolo::Item;
use crate::chat::terminal::{Situacao, Terminal};
use crate::chat::transporte::{Acontecimento, Medidas, Ouvinte};

/// Algo que acontece na rede.
type Fato = Box<dyn Fn(Ouvinte<'_>)>;

/// O que a prova diz ao transporte, e o que o transporte conta à prova.
#[derive(Default)]
struct Rede {
    conversando: bool,
    lugares: usize,
    proximo: u64,
    /// Os itens guardados e ainda não entregues.
    guardados: VecDeque<(u64, String)>,
    entregues: Vec<String>,
    entrega: bool,
    /// O que o laço pediu, na ordem.
    pedidos: Vec<&'static str>,
    pings: u32,
    nome: String,
    /// O que acontece na próxima volta.
    acontece: VecDeque<Fato>,
}

impl Rede {
    fn despedindo(&self) -> bool {
        self.pedidos.contains(&"despedir")
    }
}

struct DeMentira {
    rede: Rc<RefCell<Rede>>,
    inicio: Instant,
}

impl Transporte for DeMentira {
    fn guardar(&mut self, item: Item<'_>) -> u64 {
        assert!(self.cabe(), "guardou sem caber");
        let mut rede = self.rede.borrow_mut();
        assert!(!rede.despedindo(), "guardou depois de se despedir");
        let numero = rede.proximo;
        rede.proximo += 1;
        let texto = match item {
            Item::Texto {
                texto,
                continua: true,
            } => format!("{texto}…"),
            Item::Texto { texto, .. } => texto.to_string(),
            Item::Nome(nome) => format!("nome {nome}"),
        };
        rede.guardados.push_back((numero, texto));
        numero
    }

    fn cabe(&self) -> bool {
        let rede = self.rede.borrow();
        rede.guardados.len() < rede.lugares
    }

    fn mandar(&mut self, _: Instant, ouvinte: Ouvinte<'_>) {
        let mut rede = self.rede.borrow_mut();
        if rede.conversando && rede.entrega {
            let entregues: Vec<_> = rede.guardados.drain(..).collect();
            if let Some((ultimo, _)) = entregues.last() {
                ouvinte(Acontecimento::Entregue { ate: ultimo + 1 });
            }
            rede.entregues
                .extend(entregues.into_iter().map(|(_, texto)| texto));
        }
    }

    fn pronto(&mut self, _: &Event, _: Instant, _: Ouvinte<'_>) {}

    fn despertar(&mut self, _: Instant, ouvinte: Ouvinte<'_>) {
        let acontece = self.rede.borrow_mut().acontece.pop_front();
        if let Some(acontece) = acontece {
            acontece(ouvinte);
        }
    }

    fn proximo_prazo(&self) -> Option<Instant> {
        let ha = !self.rede.borrow().acontece.is_empty();
        ha.then_some(self.inicio)
    }

    fn ping(&mut self, _: Instant) -> bool {
        let mut rede = self.rede.borrow_mut();
        rede.pings += 1;
        rede.conversando
    }

    fn renomear(&mut self, nome: &str) {
        self.rede.borrow_mut().nome = nome.to_string();
    }

    fn parar_de_confirmar(&mut self) {
        self.rede.borrow_mut().pedidos.push("calar");
    }

    fn despedir(&mut self, _: Instant) {
        self.rede.borrow_mut().pedidos.push("despedir");
    }

    fn despediu(&self) -> bool {
        let rede = self.rede.borrow();
        rede.despedindo() && rede.guardados.is_empty()
    }

    fn conversando(&self) -> bool {
        self.rede.borrow().conversando
    }

    fn pendentes(&self) -> u64 {
        self.rede.borrow().guardados.len() as u64
    }

    fn desistir(&mut self, ouvinte: Ouvinte<'_>) {
        let guardados = std::mem::take(&mut self.rede.borrow_mut().guardados);
        for (numero, texto) in guardados {
            let continua = texto.ends_with('…');
            let texto = texto.trim_end_matches('…');
            ouvinte(Acontecimento::NaoEntregue {
                numero,
                item: Item::Texto { texto, continua },
            });
        }
    }

    fn medidas(&self) -> Medidas {
        Medidas {
            enviados: self.rede.borrow().proximo,
            ..Medidas::default()
        }
    }
}

/// O que se viu, uma linha por coisa vista, e se a saída está fechada.
#[derive(Default)]
struct Vista {
    linhas: Vec<String>,
    fechada: bool,
}

struct Papel(Rc<RefCell<Vista>>);

impl Papel {
    fn ver(&self, linha: String) {
        self.0.borrow_mut().linhas.push(linha);
    }
}

impl Terminal for Papel {
    fn recebido(&mut self, _: &str, nome: &str, texto: &str, continua: bool) {
        let fim = if continua { "…" } else { "" };
        self.ver(format!("{nome}: {texto}{fim}"));
    }

    fn enviado(&mut self, numero: u64, _: &str, nome: &str, texto: &str) {
        self.ver(format!("{numero} {nome}: {texto}"));
    }

    fn entregue(&mut self, ate: u64) {
        self.ver(format!("✓ {ate}"));
    }

    fn nao_entregue(&mut self, numero: Option<u64>, _: &str, texto: &str) {
        let numero = numero.map_or("-".to_string(), |n| n.to_string());
        self.ver(format!("✗ {numero} {texto}"));
    }

    fn aviso(&mut self, _: &str, texto: &str) {
        self.ver(format!("* {texto}"));
    }

    fn situacao(&mut self, _: &Situacao<'_>) {}

    fn descarregar(&mut self) -> io::Result<()> {
        if self.0.borrow().fechada {
            return Err(ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }
}

/// Uma conversa, com as pontas que a prova segura.
struct Mesa {
    conversa: Conversa,
    caixa: Caixa,
    remetente: Remetente,
    rede: Rc<RefCell<Rede>>,
    vista: Rc<RefCell<Vista>>,
    inicio: Instant,
    /// Mantém vivo o despertador.
    _poll: Poll,
}

const ESPERA: Duration = Duration::from_secs(300);

impl Mesa {
    fn com(entrada: Entrada) -> Self {
        let inicio = Instant::now();
        let poll = Poll::new().unwrap();
        let (remetente, caixa) = evento::fila(poll.registry()).unwrap();
        let rede = Rc::new(RefCell::new(Rede {
            conversando: true,
            lugares: 1000,
            entrega: true,
            ..Rede::default()
        }));
        let vista = Rc::<RefCell<Vista>>::default();
        let terminal = Box::new(Papel(Rc::clone(&vista)));
        let par = "127.0.0.1:50001".parse().unwrap();
        let narrador = Narrador::novo(terminal, None, par, inicio);
        let jeito = Jeito {
            modo: Modo::Tcp,
            nome: "Ana".into(),
            uma_conversa: false,
            espera: ESPERA,
        };
        let transporte = Box::new(DeMentira {
            rede: Rc::clone(&rede),
            inicio,
        });
        Self {
            conversa: Conversa::nova(
                transporte, narrador, entrada, jeito, inicio,
            ),
            caixa,
            remetente,
            rede,
            vista,
            inicio,
            _poll: poll,
        }
    }

    fn digitar(&self, texto: &str) {
        let bloco = EventoDeTeclado::Bloco(texto.as_bytes().to_vec());
        assert!(self.remetente.mandar(Evento::Teclado(bloco)));
    }

    fn fim_da_entrada(&self) {
        let fim = Evento::Teclado(EventoDeTeclado::Fim);
        assert!(self.remetente.mandar(fim));
    }

    fn acontece(&self, acontece: impl Fn(Ouvinte<'_>) + 'static) {
        let acontece = Box::new(acontece);
        self.rede.borrow_mut().acontece.push_back(acontece);
    }

    /// Uma volta, tantos segundos depois do começo.
    fn volta_em(&mut self, segundos: u64) {
        let agora = self.inicio + Duration::from_secs(segundos);
        self.conversa.volta([].iter(), &self.caixa, agora);
    }

    /// Voltas até não haver mais o que fazer já.
    fn voltas(&mut self) {
        for _ in 0..1000 {
            self.volta_em(0);
            let parada = self.conversa.quanto_esperar();
            if self.conversa.acabou || parada != Some(Duration::ZERO) {
                return;
            }
        }
        panic!("o laço não para");
    }

    fn visto(&self) -> Vec<String> {
        std::mem::take(&mut self.vista.borrow_mut().linhas)
    }

    fn fechar(self) -> (Result<()>, Vec<String>) {
        let resultado = self.conversa.fechar(&self.caixa);
        let vista = self.vista.borrow().linhas.clone();
        (resultado, vista)
    }
}

fn da_bia(texto: &'static str) -> impl Fn(Ouvinte<'_>) {
    move |ouvinte| {
        ouvinte(Acontecimento::Conectou {
            nome: "Bia",
            endereco: "127.0.0.1:50001".parse().unwrap(),
            voltou: false,
        });
        ouvinte(Acontecimento::Texto {
            texto,
            continua: false,
        });
    }
}

#[test]
fn o_que_chega_aparece_e_o_que_se_digita_vai() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.acontece(da_bia("oi"));
    mesa.digitar("olá\n\n//x\n");
    mesa.voltas();
    assert_eq!(
        mesa.visto(),
        [
            "* conectado com Bia, em 127.0.0.1:50001",
            "Bia: oi",
            "0 Ana: olá",
            "1 Ana: /x",
            "✓ 2"
        ]
    );
    assert_eq!(mesa.rede.borrow().entregues, ["olá", "/x"]);
}

#[test]
fn os_comandos_nao_sao_enviados() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.digitar("/nome Ana Lima\noi\n/ping\n/xyz\n/estatisticas\n");
    mesa.voltas();
    let visto = mesa.visto().join("\n");
    let rede = mesa.rede.borrow();
    assert_eq!(rede.entregues, ["nome Ana Lima", "oi"]);
    assert_eq!((rede.nome.as_str(), rede.pings), ("Ana Lima", 1));
    assert!(visto.contains("agora você se chama Ana Lima"), "{visto}");
    assert!(visto.contains("1 Ana Lima: oi"), "{visto}");
    assert!(visto.contains("«/xyz» não é um comando"), "{visto}");
    assert!(visto.contains("enviadas: "), "{visto}");
}

#[test]
fn sem_conversa_o_ping_explica() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.rede.borrow_mut().conversando = false;
    mesa.digitar("/ping\n");
    mesa.voltas();
    assert!(mesa.visto()[0].contains("não há a quem perguntar"));
}

#[test]
fn pelo_cano_tudo_e_texto_e_nada_aparece() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.digitar("/sair\n\n/xyz");
    mesa.fim_da_entrada();
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    assert_eq!(mesa.rede.borrow().entregues, ["/sair", "", "/xyz"]);
    let (resultado, visto) = mesa.fechar();
    resultado.unwrap();
    assert_eq!(visto, ["✓ 2", "✓ 3"]);
}

#[test]
fn o_cano_para_quando_nao_cabe_e_anda_quando_cabe() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.rede.borrow_mut().lugares = 2;
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("1\n2\n3\n4\n5\n");
    mesa.fim_da_entrada();
    mesa.voltas();
    assert_eq!(mesa.rede.borrow().guardados.len(), 2);
    assert!(!mesa.conversa.acabou);
    mesa.rede.borrow_mut().entrega = true;
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    assert_eq!(mesa.rede.borrow().entregues, ["1", "2", "3", "4", "5"]);
    mesa.fechar().0.unwrap();
}

#[test]
fn o_que_nao_e_utf_8_e_dito() {
    for entrada in [Entrada::cano(), Entrada::pessoa()] {
        let mut mesa = Mesa::com(entrada);
        let bloco = EventoDeTeclado::Bloco(b"a\xff\n".to_vec());
        assert!(mesa.remetente.mandar(Evento::Teclado(bloco)));
        mesa.voltas();
        assert_eq!(mesa.rede.borrow().entregues, ["a\u{fffd}"]);
        assert!(mesa.visto()[0].contains("não são UTF-8"));
    }
}

#[test]
fn o_fim_da_entrada_espera_a_entrega_enquanto_ela_anda() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("1\n2\n");
    mesa.fim_da_entrada();
    mesa.voltas();
    mesa.volta_em(299);
    assert!(!mesa.conversa.acabou);
    mesa.rede.borrow_mut().guardados.pop_front();
    mesa.volta_em(299);
    mesa.volta_em(598);
    assert!(!mesa.conversa.acabou);
    mesa.volta_em(599);
    assert!(mesa.conversa.acabou);
    let (resultado, visto) = mesa.fechar();
    assert_eq!(resultado.unwrap_err().to_string(), NENHUMA_ENTREGA);
    assert_eq!(
        visto[0],
        "* nada foi entregue em 300 s: desistindo do que falta"
    );
    assert_eq!(visto[1..], ["✗ 1 2"]);
}

const NENHUMA_ENTREGA: &str = "uma mensagem não foi entregue";

#[test]
fn um_cano_sem_par_tambem_desiste_mesmo_sem_ter_acabado() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.rede.borrow_mut().entrega = false;
    mesa.rede.borrow_mut().lugares = 1;
    mesa.digitar("1\n2\n");
    mesa.voltas();
    mesa.volta_em(300);
    assert!(mesa.conversa.acabou);
    let (resultado, visto) = mesa.fechar();
    let erro = resultado.unwrap_err().to_string();
    assert_eq!(erro, "2 mensagens não foram entregues");
    assert_eq!(visto[1..], ["✗ 0 1", "✗ - 2"]);
}

#[test]
fn uma_pessoa_sem_par_nao_e_mandada_embora() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.rede.borrow_mut().entrega = false;
    mesa.rede.borrow_mut().lugares = 1;
    mesa.digitar("1\n2\n");
    mesa.voltas();
    mesa.volta_em(100_000);
    assert!(!mesa.conversa.acabou);
}

#[test]
fn uma_linha_grande_nao_entregue_e_dita_inteira() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.rede.borrow_mut().entrega = false;
    mesa.rede.borrow_mut().lugares = 2;
    let linha = "a".repeat(3500);
    mesa.digitar(&linha);
    mesa.fim_da_entrada();
    mesa.voltas();
    mesa.volta_em(300);
    let (resultado, visto) = mesa.fechar();
    assert_eq!(resultado.unwrap_err().to_string(), NENHUMA_ENTREGA);
    assert_eq!(visto[1], format!("✗ - {linha}"));
}

#[test]
fn quem_pede_para_sair_espera_tres_segundos() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("oi\n");
    mesa.voltas();
    assert!(mesa.remetente.mandar(Evento::Interrupcao));
    mesa.volta_em(1);
    assert!(!mesa.conversa.acabou);
    mesa.digitar("tarde\n");
    mesa.volta_em(3);
    assert!(!mesa.conversa.acabou);
    mesa.volta_em(4);
    assert!(mesa.conversa.acabou);
    let (resultado, visto) = mesa.fechar();
    assert!(resultado.is_err());
    assert_eq!(
        visto,
        [
            "0 Ana: oi",
            "* esperando a entrega de 1 mensagem; outro Ctrl-C acaba na hora",
            "✗ - tarde",
            "✗ 0 oi"
        ]
    );
}

#[test]
fn sem_nada_pendente_sair_e_sair_ja() {
    for pedido in ["/sair\n", "^D", "^C"] {
        let mut mesa = Mesa::com(Entrada::pessoa());
        mesa.digitar("oi\n");
        mesa.voltas();
        match pedido {
            "^D" => mesa.fim_da_entrada(),
            "^C" => assert!(mesa.remetente.mandar(Evento::Interrupcao)),
            linha => mesa.digitar(linha),
        }
        mesa.voltas();
        assert!(mesa.conversa.acabou, "{pedido}");
        assert!(mesa.rede.borrow().despedindo());
        mesa.fechar().0.unwrap();
    }
}

#[test]
fn o_segundo_pedido_acaba_na_hora_sem_relatorio() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("oi\n/sair\n");
    mesa.voltas();
    assert!(!mesa.conversa.acabou);
    assert!(mesa.remetente.mandar(Evento::Interrupcao));
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    let (resultado, visto) = mesa.fechar();
    assert!(resultado.unwrap_err().is::<Interrompido>());
    assert!(
        !visto.iter().any(|linha| linha.starts_with('✗')),
        "{visto:?}"
    );
}

#[test]
fn o_que_o_cano_ainda_tinha_quando_se_interrompe_e_dito() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.rede.borrow_mut().lugares = 1;
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("1\n");
    mesa.digitar("2\n");
    mesa.voltas();
    assert!(mesa.remetente.mandar(Evento::Interrupcao));
    mesa.rede.borrow_mut().entrega = true;
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    assert_eq!(mesa.rede.borrow().entregues, ["1"]);
    let erro = mesa.fechar().0.unwrap_err().to_string();
    assert_eq!(erro, "o resto da entrada não foi enviado");
}

#[test]
fn um_pedaco_de_linha_nao_e_uma_linha_nao_entregue() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.rede.borrow_mut().lugares = 1;
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("0\n1\n2");
    mesa.voltas();
    mesa.volta_em(300);
    let (resultado, visto) = mesa.fechar();
    assert_eq!(
        resultado.unwrap_err().to_string(),
        "2 mensagens não foram entregues, e o resto da entrada não foi enviado"
    );
    assert_eq!(visto[1..], ["✗ 0 0", "✗ - 1"]);
}

#[test]
fn quando_o_outro_sai_de_uma_conversa_so_nada_mais_vai() {
    let mut mesa = Mesa::com(Entrada::cano());
    mesa.conversa.jeito.uma_conversa = true;
    mesa.rede.borrow_mut().lugares = 1;
    mesa.rede.borrow_mut().entrega = false;
    mesa.digitar("1\n2\n");
    mesa.acontece(|ouvinte| ouvinte(Acontecimento::Saiu));
    mesa.voltas();
    mesa.rede.borrow_mut().entrega = true;
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    assert_eq!(mesa.rede.borrow().entregues, ["1"]);
    let (resultado, visto) = mesa.fechar();
    assert_eq!(resultado.unwrap_err().to_string(), NENHUMA_ENTREGA);
    assert!(visto.contains(&"✗ - 2".to_string()), "{visto:?}");
}

#[test]
fn quando_o_outro_sai_espera_se_outro() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.acontece(da_bia("oi"));
    mesa.acontece(|ouvinte| ouvinte(Acontecimento::Saiu));
    mesa.voltas();
    assert!(!mesa.conversa.acabou);
    let visto = mesa.visto();
    assert_eq!(visto[2], "* Bia saiu. À espera de outra conversa");
}

#[test]
fn com_uma_conversa_so_acaba_quando_o_outro_sai() {
    let mut mesa = Mesa::com(Entrada::Nenhuma);
    mesa.conversa.jeito.uma_conversa = true;
    mesa.acontece(da_bia("oi"));
    mesa.voltas();
    assert!(!mesa.conversa.acabou);
    mesa.acontece(|ouvinte| ouvinte(Acontecimento::Saiu));
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    let (resultado, visto) = mesa.fechar();
    resultado.unwrap();
    assert_eq!(visto[2], "* Bia saiu");
}

#[test]
fn uma_linha_que_nao_acaba_e_fechada_quando_o_resto_nao_vem() {
    let mut mesa = Mesa::com(Entrada::Nenhuma);
    mesa.acontece(|ouvinte| {
        ouvinte(Acontecimento::Texto {
            texto: "meio",
            continua: true,
        });
        ouvinte(Acontecimento::Caiu { motivo: "x" });
        ouvinte(Acontecimento::Saiu);
    });
    mesa.voltas();
    let visto = mesa.visto();
    assert_eq!(visto[0], "127.0.0.1:50001: meio…");
    assert!(visto[1].starts_with("* a conversa"), "{visto:?}");
    assert_eq!(visto[2], "127.0.0.1:50001: ");
}

#[test]
fn o_que_se_perde_e_o_que_se_atrasa_aparece_como_tal() {
    let mut mesa = Mesa::com(Entrada::Nenhuma);
    mesa.acontece(da_bia("1"));
    mesa.acontece(|ouvinte| {
        ouvinte(Acontecimento::Perdidos { quantos: 2 });
        ouvinte(Acontecimento::Atrasado {
            texto: "2",
            passaram: 1,
        });
        ouvinte(Acontecimento::AteLogo {
            enviados: 10,
            recebidos: 9,
        });
    });
    mesa.voltas();
    assert_eq!(
        mesa.visto()[2..],
        [
            "* … 2 mensagens perdidas …",
            "Bia (atrasada: 1 passou na frente): 2",
            "* Bia recebeu 9 de 10 mensagens"
        ]
    );
    let erro = mesa.fechar().0.unwrap_err().to_string();
    assert_eq!(erro, NENHUMA_ENTREGA);
}

#[test]
fn quem_cola_demais_sabe_o_que_nao_foi() {
    let mut mesa = Mesa::com(Entrada::pessoa());
    mesa.rede.borrow_mut().lugares = 0;
    let linha = "a".repeat(30_000);
    let ditas = 100;
    for _ in 0..ditas {
        mesa.digitar(&format!("{linha}\n"));
        mesa.volta_em(0);
    }
    let recusadas = mesa.visto().len();
    assert!((50..ditas).contains(&recusadas), "{recusadas}");
    mesa.digitar("/ping\n");
    mesa.volta_em(0);
    assert_eq!(mesa.rede.borrow().pings, 1);
}

#[test]
fn com_a_saida_fechada_nada_mais_se_confirma_e_a_conversa_acaba() {
    let mut mesa = Mesa::com(Entrada::Nenhuma);
    mesa.acontece(da_bia("oi"));
    mesa.vista.borrow_mut().fechada = true;
    mesa.voltas();
    assert!(mesa.conversa.acabou);
    assert_eq!(mesa.rede.borrow().pedidos[..2], ["calar", "despedir"]);
    let erro = mesa.fechar().0.unwrap_err();
    assert!(erro.is::<ErroDeSaida>(), "{erro:#}");
}

#[test]
fn uma_entrada_que_falha_e_o_fim_dela_e_um_erro() {
    for entrada in [Entrada::cano(), Entrada::pessoa()] {
        let mut mesa = Mesa::com(entrada);
        let falha = ErrorKind::PermissionDenied.into();
        let falhou = Evento::Teclado(EventoDeTeclado::Falhou(falha));
        assert!(mesa.remetente.mandar(falhou));
        mesa.voltas();
        assert!(mesa.conversa.acabou);
        let erro = mesa.fechar().0.unwrap_err().to_string();
        assert!(erro.contains("ler a entrada"), "{erro}");
    }
}
