//! O servidor e o cliente do livro diante de pares que fazem tudo errado.
//!
//! Cada prova roda o programa de verdade contra um socket que se comporta mal e
//! confere o código de saída, a frase que a pessoa lê e que nada do que o par
//! mandou chega ao terminal como comando.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use cena::{Acao, Pedaco};
use provas::{Falha, Filho, cenario, porta_livre, prazo_padrao, raiz};
use socket2::SockRef;

type Prova = Result<(), Box<dyn Error>>;

const RECEBIDA: &str = "Mensagem recebida.";
const ENCERRADO: &str = "Servidor encerrado.";
const PERGUNTA: &str = "Digite algo para o servidor (ou 'off' para desconectar): ";

/// O que um terminal obedeceria se chegasse a ele: cada sequência e um trecho
/// do que tem de aparecer no lugar dela.
const PERIGOS: &[(&[u8], &str)] = &[
    (b"\x1b[2J\x1b[H", r"\u{1b}[2J\u{1b}[H"),
    (
        b"\x1b]52;c;cm0gLXJmIH4=\x07",
        r"\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
    ),
    (
        b"\x1b]0;outro titulo\x1b\\",
        r"\u{1b}]0;outro titulo\u{1b}\",
    ),
    (b"visto\rfalso", r"visto\rfalso"),
    (b"uma\nduas", r"uma\nduas"),
    (b"\x08\x08\x08\x7f\0", r"\u{8}\u{8}\u{8}\u{7f}\u{0}"),
    ("\u{9b}31m".as_bytes(), r"\u{9b}31m"),
    (b"\x9b31m", "\u{fffd}31m"),
    ("abc\u{202e}fdp.exe".as_bytes(), r"abc\u{202e}fdp.exe"),
    ("\u{2066}a\u{2069}".as_bytes(), r"\u{2066}a\u{2069}"),
    ("a\u{200b}b\u{feff}".as_bytes(), r"a\u{200b}b\u{feff}"),
];

// --- quem faz o papel do cliente ------------------------------------------

/// Um servidor do livro em uma porta que o sistema escolheu, com `prazo` em
/// segundos, e um par já conectado a ele.
fn servidor_com_par(prazo: u32) -> Result<(Filho, TcpStream), Box<dyn Error>> {
    let mut servidor = Filho::exemplo("servidor", &["127.0.0.1:0", &prazo.to_string()])?;
    let endereco = servidor.esperar_endereco()?;
    Ok((servidor, conectar(endereco)?))
}

fn conectar(endereco: SocketAddr) -> Result<TcpStream, Box<dyn Error>> {
    let par = TcpStream::connect_timeout(&endereco, prazo_padrao())?;
    com_prazo(&par)?;
    Ok(par)
}

fn com_prazo(par: &TcpStream) -> Result<(), Box<dyn Error>> {
    par.set_read_timeout(Some(prazo_padrao()))?;
    par.set_write_timeout(Some(prazo_padrao()))?;
    Ok(())
}

/// Manda `bytes` e espera a resposta exata: com isso o servidor já os leu.
fn perguntar(par: &mut TcpStream, bytes: &[u8], resposta: &str) -> Prova {
    par.write_all(bytes)?;
    receber(par, resposta)
}

fn receber(par: &mut TcpStream, esperado: &str) -> Prova {
    let mut recebido = vec![0; esperado.len()];
    par.read_exact(&mut recebido)?;
    assert_eq!(String::from_utf8_lossy(&recebido), esperado);
    Ok(())
}

/// Fecha com RST em vez de FIN.
fn resetar(par: TcpStream) -> Prova {
    SockRef::from(&par).set_linger(Some(Duration::ZERO))?;
    drop(par);
    Ok(())
}

/// Espera que o programa acabe com `codigo`, tendo mostrado cada um dos
/// `trechos`, e confere que só há texto no que ele mostrou.
fn acabou(programa: &mut Filho, codigo: i32, trechos: &[&str]) -> Prova {
    let saiu = programa.esperar_fim()?;
    if saiu != codigo {
        return Err(programa
            .falha(&format!("esperava o código {codigo}, veio {saiu}"))
            .into());
    }
    for trecho in trechos {
        if !programa.tudo().contains(trecho) {
            return Err(programa.falha(&format!("não mostrou {trecho:?}")).into());
        }
    }
    so_texto(programa)
}

fn so_texto(programa: &Filho) -> Prova {
    let tudo = programa.tudo();
    let utf8 = tudo.len() as u64 == programa.tamanho();
    let limpo = tudo.split('\n').all(|linha| {
        !linha.contains(char::is_control) && sockets::visivel(linha.as_bytes()) == linha
    });
    if utf8 && limpo {
        return Ok(());
    }
    Err(programa
        .falha("mostrou algo que um terminal obedece")
        .into())
}

#[test]
fn servidor_le_um_par_que_goteja_byte_a_byte() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    for byte in "olá, off".as_bytes() {
        perguntar(&mut par, &[*byte], RECEBIDA)?;
    }
    perguntar(&mut par, b"off", ENCERRADO)?;
    assert_eq!(par.read(&mut [0])?, 0, "o servidor fecha depois do off");
    // O á chegou em dois pedaços: cada metade é mostrada como substituída.
    acabou(
        &mut servidor,
        0,
        &["Recebido: \u{fffd}\nRecebido: \u{fffd}\nRecebido: ,\n"],
    )
}

#[test]
fn servidor_nao_separa_mensagens_coladas() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    perguntar(&mut par, b"oioff", RECEBIDA)?;
    perguntar(&mut par, b"off", ENCERRADO)?;
    acabou(&mut servidor, 0, &["Recebido: oioff\n", "Recebido: off\n"])
}

#[test]
fn servidor_responde_duas_vezes_a_uma_mensagem_maior_que_o_buffer() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    let mut mensagem = vec![b'a'; 1023];
    mensagem.extend_from_slice("ção".as_bytes());
    par.write_all(&mensagem)?;
    receber(&mut par, RECEBIDA)?;
    receber(&mut par, RECEBIDA)?;
    perguntar(&mut par, b"off", ENCERRADO)?;
    acabou(
        &mut servidor,
        0,
        &["aaa\u{fffd}\n", "Recebido: \u{fffd}ão\n"],
    )
}

#[test]
fn servidor_encerra_com_off_em_qualquer_caixa_e_com_quebra_de_linha() -> Prova {
    for off in ["off", "OFF", "oFf", "off\n", "Off\r\n"] {
        let (mut servidor, mut par) = servidor_com_par(10)?;
        perguntar(&mut par, off.as_bytes(), ENCERRADO)?;
        acabou(&mut servidor, 0, &["Recebido: "])?;
    }
    let (mut servidor, mut par) = servidor_com_par(10)?;
    for quase in ["of", "off ", " off", "offf", "o\u{200b}ff", "ｏｆｆ", "\n"] {
        perguntar(&mut par, quase.as_bytes(), RECEBIDA)?;
    }
    perguntar(&mut par, b"off\r\n", ENCERRADO)?;
    acabou(
        &mut servidor,
        0,
        &["Recebido: off \n", "Recebido: \n", "Recebido: off\n"],
    )
}

#[test]
fn servidor_aguenta_um_mebibyte_sem_pausa_de_quem_le_as_respostas() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    let mut escrita = par.try_clone()?;
    let escritor = thread::spawn(move || {
        escrita.write_all(&vec![b'a'; 1 << 20])?;
        escrita.shutdown(Shutdown::Write)
    });
    let mut respostas = String::new();
    par.read_to_string(&mut respostas)?;
    escritor.join().expect("o escritor não entra em pânico")?;

    acabou(&mut servidor, 0, &["O cliente desligou."])?;
    let tela = servidor.tudo();
    let leituras = tela.matches("Recebido: ").count();
    assert!(
        leituras >= 1024,
        "cada leitura leva no máximo 1024 bytes: {leituras}"
    );
    assert_eq!(respostas, RECEBIDA.repeat(leituras));
    let recebidos = tela
        .lines()
        .filter_map(|linha| linha.strip_prefix("Recebido: "));
    assert_eq!(recebidos.map(str::len).sum::<usize>(), 1 << 20);
    Ok(())
}

#[test]
fn servidor_aguenta_um_mebibyte_de_quem_nunca_le_as_respostas() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    par.write_all(&vec![b'a'; 1 << 20])?;
    par.shutdown(Shutdown::Write)?;
    acabou(&mut servidor, 0, &["O cliente desligou."])
}

#[test]
fn servidor_nao_espera_um_par_calado_para_sempre() -> Prova {
    let (mut servidor, _par) = servidor_com_par(1)?;
    acabou(
        &mut servidor,
        1,
        &["erro: o prazo acabou: o cliente não fala nem lê\n"],
    )
}

#[test]
fn servidor_conta_que_o_par_resetou_a_conexao() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    perguntar(&mut par, b"oi", RECEBIDA)?;
    resetar(par)?;
    acabou(
        &mut servidor,
        1,
        &["erro: a conexão com o cliente caiu: ", "dica: "],
    )
}

#[test]
fn servidor_conta_que_o_par_resetou_antes_de_falar() -> Prova {
    let (mut servidor, par) = servidor_com_par(10)?;
    resetar(par)?;
    acabou(&mut servidor, 1, &["erro: "])
}

#[test]
fn servidor_acaba_em_ordem_quando_o_par_conecta_e_sai() -> Prova {
    let (mut servidor, par) = servidor_com_par(10)?;
    drop(par);
    acabou(
        &mut servidor,
        0,
        &["Conectado com: 127.0.0.1:", "O cliente desligou.\n"],
    )
}

#[test]
fn servidor_mostra_sequencias_de_controle_sem_obedecer() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    for (bytes, _) in PERIGOS {
        perguntar(&mut par, bytes, RECEBIDA)?;
    }
    perguntar(&mut par, b"off", ENCERRADO)?;
    let mostrados: Vec<String> = PERIGOS
        .iter()
        .map(|(_, visto)| format!("Recebido: {visto}\n"))
        .collect();
    let mostrados: Vec<&str> = mostrados.iter().map(String::as_str).collect();
    acabou(&mut servidor, 0, &mostrados)
}

#[test]
fn servidor_atende_um_so_e_o_segundo_cliente_esbarra_no_prazo() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    perguntar(&mut par, b"oi", RECEBIDA)?;
    let endereco = par.peer_addr()?.to_string();
    let mut segundo = Filho::exemplo("cliente", &[endereco.as_str(), "1"])?;
    segundo.escrever("e eu?\n");
    acabou(
        &mut segundo,
        1,
        &["erro: o prazo acabou e o servidor não respondeu\n"],
    )?;
    perguntar(&mut par, b"off", ENCERRADO)?;
    acabou(&mut servidor, 0, &["Recebido: oi\nRecebido: off\n"])
}

#[test]
fn servidor_diz_que_a_porta_esta_em_uso_e_o_primeiro_continua() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    let endereco = par.peer_addr()?.to_string();
    let mut segundo = Filho::exemplo("servidor", &[&endereco])?;
    let frase = format!("erro: não foi possível escutar em {endereco}: ");
    acabou(&mut segundo, 1, &[&frase, "dica: a porta já está em uso"])?;
    perguntar(&mut par, b"off", ENCERRADO)?;
    acabou(&mut servidor, 0, &[])
}

// --- quem faz o papel do servidor -----------------------------------------

/// Roda o cliente do livro, que digita `entrada`, contra um servidor que se
/// comporta como `papel`. Devolve o cliente e o que o papel devolveu.
fn cliente_contra<T: Send + 'static>(
    prazo: u32,
    entrada: &[u8],
    papel: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> Result<(Filho, thread::JoinHandle<T>), Box<dyn Error>> {
    let escuta = TcpListener::bind("127.0.0.1:0")?;
    let endereco = escuta.local_addr()?.to_string();
    let mut cliente = Filho::exemplo("cliente", &[&endereco, &prazo.to_string()])?;
    // A primeira pergunta só aparece depois do connect: o accept não espera.
    cliente.esperar_trecho(PERGUNTA)?;
    let (par, _) = escuta.accept()?;
    com_prazo(&par)?;
    let papel = thread::spawn(move || papel(par));
    cliente.escrever(entrada);
    cliente.fechar_entrada();
    Ok((cliente, papel))
}

/// Um servidor que responde sempre `resposta` e devolve cada leitura que fez.
fn responder_sempre(resposta: Vec<u8>) -> impl FnOnce(TcpStream) -> Vec<Vec<u8>> + Send {
    move |mut par| {
        let mut leituras = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(lidos @ 1..) = par.read(&mut buffer) {
            leituras.push(buffer[..lidos].to_vec());
            if par.write_all(&resposta).is_err() {
                break;
            }
        }
        leituras
    }
}

fn ler_uma_vez(par: &mut TcpStream) -> usize {
    par.read(&mut [0; 1024]).unwrap_or(0)
}

#[test]
fn cliente_manda_cada_linha_sem_a_quebra() -> Prova {
    let entrada = "oi\nolá, ção\r\nduas palavras \nsem quebra no fim".as_bytes();
    let (mut cliente, papel) = cliente_contra(10, entrada, responder_sempre(RECEBIDA.into()))?;
    acabou(
        &mut cliente,
        0,
        &["Resposta do servidor: Mensagem recebida.\n"],
    )?;
    let leituras = papel.join().expect("o papel não entra em pânico");
    let esperadas = ["oi", "olá, ção", "duas palavras ", "sem quebra no fim"];
    assert_eq!(leituras, esperadas.map(|m| m.as_bytes().to_vec()));
    // Quatro perguntas respondidas e a que encontrou o fim da entrada.
    assert_eq!(cliente.tudo().matches(PERGUNTA).count(), 5);
    Ok(())
}

#[test]
fn cliente_recusa_a_mensagem_vazia_e_a_grande_demais() -> Prova {
    let maior = "m".repeat(4096);
    let grande = "g".repeat(4097);
    let enorme = "e".repeat(5 << 20);
    let entrada = format!("\n\r\n{maior}\n{grande}\n{enorme}\noi\n{enorme}");
    let papel = responder_sempre(RECEBIDA.into());
    let (mut cliente, papel) = cliente_contra(10, entrada.as_bytes(), papel)?;
    acabou(
        &mut cliente,
        0,
        &["Mensagem vazia não viaja: escreva algo.\n"],
    )?;
    let leituras = papel.join().expect("o papel não entra em pânico");
    assert_eq!(leituras, [maior.into_bytes(), b"oi".to_vec()]);
    let tela = cliente.tudo();
    assert_eq!(tela.matches("Mensagem vazia não viaja").count(), 2);
    assert_eq!(
        tela.matches("Mensagem grande demais: até 4096 bytes.\n")
            .count(),
        3
    );
    Ok(())
}

#[test]
fn cliente_acaba_em_ordem_quando_a_entrada_acaba() -> Prova {
    let (mut cliente, papel) = cliente_contra(10, b"", |mut par| par.read(&mut [0]))?;
    acabou(&mut cliente, 0, &[PERGUNTA])?;
    let fim = papel.join().expect("o papel não entra em pânico")?;
    assert_eq!(fim, 0, "o servidor vê o fim do fluxo, não um reset");
    Ok(())
}

#[test]
fn cliente_acaba_depois_do_off_em_qualquer_caixa() -> Prova {
    let papel = responder_sempre(ENCERRADO.into());
    let (mut cliente, papel) = cliente_contra(10, b"oFF\nnunca\n", papel)?;
    acabou(
        &mut cliente,
        0,
        &["Resposta do servidor: Servidor encerrado.\n"],
    )?;
    assert_eq!(papel.join().expect("o papel não entra em pânico"), [b"oFF"]);
    Ok(())
}

#[test]
fn cliente_desiste_do_servidor_que_nunca_responde() -> Prova {
    // O papel lê até o cliente ir embora, e não diz nada.
    let mudo = |mut par: TcpStream| while ler_uma_vez(&mut par) > 0 {};
    let (mut cliente, _papel) = cliente_contra(1, b"oi\n", mudo)?;
    acabou(
        &mut cliente,
        1,
        &["erro: o prazo acabou e o servidor não respondeu\n"],
    )
}

#[test]
fn cliente_diz_que_o_servidor_fechou_sem_responder() -> Prova {
    let fechar = |mut par: TcpStream| ler_uma_vez(&mut par);
    let (mut cliente, _papel) = cliente_contra(10, b"oi\n", fechar)?;
    acabou(
        &mut cliente,
        1,
        &["erro: o servidor fechou a conexão sem responder\n"],
    )
}

#[test]
fn cliente_diz_que_o_servidor_resetou_a_conexao() -> Prova {
    let resetar_depois_de_ler = |mut par: TcpStream| {
        ler_uma_vez(&mut par);
        resetar(par).is_ok()
    };
    let (mut cliente, _papel) = cliente_contra(10, b"oi\n", resetar_depois_de_ler)?;
    acabou(
        &mut cliente,
        1,
        &["erro: a conexão com o servidor caiu: ", "dica: "],
    )
}

#[test]
fn cliente_percebe_um_servidor_que_morreu_entre_duas_mensagens() -> Prova {
    let mut servidor = Filho::exemplo("servidor", &["127.0.0.1:0"])?;
    let endereco = servidor.esperar_endereco()?.to_string();
    let mut cliente = Filho::exemplo("cliente", &[&endereco])?;
    cliente.escrever("oi\n");
    cliente.esperar_trecho(RECEBIDA)?;
    servidor.matar();
    cliente.escrever("você está aí?\n");
    // Fim do fluxo ou reset: depende de qual notícia chega primeiro.
    acabou(&mut cliente, 1, &["erro: ", "servidor"])
}

#[test]
fn cliente_mostra_sequencias_de_controle_sem_obedecer() -> Prova {
    for (bytes, visto) in PERIGOS {
        let papel = responder_sempre(bytes.to_vec());
        let (mut cliente, _papel) = cliente_contra(10, b"off\n", papel)?;
        acabou(
            &mut cliente,
            0,
            &[&format!("Resposta do servidor: {visto}\n")],
        )?;
    }
    Ok(())
}

#[test]
fn cliente_mostra_bytes_que_nao_sao_texto_como_substituidos() -> Prova {
    let papel = responder_sempre(b"\xff\xc3(\xf0\x9f\x98".to_vec());
    let (mut cliente, _papel) = cliente_contra(10, b"off\n", papel)?;
    acabou(&mut cliente, 0, &["servidor: \u{fffd}\u{fffd}(\u{fffd}\n"])
}

#[test]
fn cliente_nao_se_afoga_em_uma_resposta_sem_fim() -> Prova {
    let sem_fim = |mut par: TcpStream| {
        ler_uma_vez(&mut par);
        let pedaco = vec![b'z'; 64 * 1024];
        while par.write_all(&pedaco).is_ok() {}
    };
    let (mut cliente, papel) = cliente_contra(10, b"oi\nmais\noff\n", sem_fim)?;
    acabou(&mut cliente, 0, &["Resposta do servidor: zzz"])?;
    papel.join().expect("o papel não entra em pânico");
    // Três respostas, uma leitura de até 1024 bytes para cada uma.
    assert!(cliente.tamanho() < 4096, "{} bytes", cliente.tamanho());
    Ok(())
}

#[test]
fn cliente_mostra_uma_resposta_que_goteja_com_uma_mensagem_de_atraso() -> Prova {
    let gotejar = |mut par: TcpStream| {
        for pedaco in ["Mensagem ", "rece", "bida."] {
            ler_uma_vez(&mut par);
            par.write_all(pedaco.as_bytes())?;
        }
        par.read(&mut [0])
    };
    let (mut cliente, papel) = cliente_contra(10, b"um\ndois\noff\n", gotejar)?;
    acabou(
        &mut cliente,
        0,
        &["servidor: Mensagem \n", ": rece\n", ": bida.\n"],
    )?;
    assert_eq!(papel.join().expect("o papel não entra em pânico")?, 0);
    Ok(())
}

#[test]
fn cliente_diz_que_nao_ha_servidor() -> Prova {
    let endereco = format!("127.0.0.1:{}", porta_livre());
    let mut cliente = Filho::exemplo("cliente", &[&endereco])?;
    let frase = format!("erro: não foi possível conectar a {endereco}: ");
    acabou(
        &mut cliente,
        1,
        &[&frase, "dica: ninguém escuta nesse endereço"],
    )
}

// --- os outros programas ---------------------------------------------------

/// Alguém liga sem parar na porta do `close`, que abre e fecha em um instante, e
/// nunca lê nem desliga. Se o `close` o tomasse pela outra ponta, a tela seria
/// outra, quase sempre a de quem leu e não recebeu nada até o prazo.
#[test]
fn close_nao_toma_um_intruso_pela_outra_ponta() -> Prova {
    let despedidas = [
        ("shutdown", "close-meio-fechamento"),
        ("drop", "close-drop"),
        ("sem-ler", "close-sem-ler"),
        ("clone", "close-clone"),
    ];
    for (despedida, cena) in despedidas.repeat(5) {
        let endereco = SocketAddr::from((Ipv4Addr::LOCALHOST, porta_livre()));
        let mut close = Filho::exemplo("close", &[endereco.to_string().as_str(), despedida])?;
        let limite = Instant::now() + prazo_padrao();
        let mut intrusos = Vec::new();
        while close.codigo().is_none() {
            if Instant::now() > limite {
                return Err(close.falha(&format!("{despedida} não acabou")).into());
            }
            // Mais do que cabe na fila da escuta, de 128, faria o `close` esperar por
            // um lugar para a própria conexão até o prazo dele.
            if intrusos.len() < 100 {
                intrusos.extend(TcpStream::connect_timeout(
                    &endereco,
                    Duration::from_secs(1),
                ));
            }
        }
        acabou(&mut close, 0, &[])?;
        let esperada = tela_da_cena(cena)?;
        assert_eq!(
            essencial(&close.tudo()),
            essencial(&esperada),
            "{despedida}"
        );
    }
    Ok(())
}

/// Tudo o que o terminal 1 da cena mostra.
fn tela_da_cena(nome: &str) -> Result<String, Falha> {
    let (_, cena) = cenario::abrir(&raiz().join(format!("book/cenas/{nome}.cena")))?;
    let mut tela = String::new();
    for passo in &cena.passos {
        if let Acao::Saida(pedacos) = &passo.acao {
            for pedaco in pedacos {
                if let Pedaco::Texto(texto) | Pedaco::Variavel { valor: texto, .. } = pedaco {
                    tela.push_str(texto);
                }
            }
            tela.push('\n');
        }
    }
    Ok(tela)
}

/// As linhas, sem o texto dos erros, que é de cada sistema, e sem repetições em
/// seguida: quantas escritas partem antes do RST depende do instante.
fn essencial(tela: &str) -> Vec<&str> {
    let mut linhas: Vec<&str> = tela
        .lines()
        .map(|linha| linha.split_once("Err(").map_or(linha, |(antes, _)| antes))
        .collect();
    linhas.dedup();
    linhas
}

/// Um socket UDP já conectado a um `servidor_udp` com estes argumentos a mais.
fn servidor_udp_com_par(argumentos: &[&str]) -> Result<(Filho, UdpSocket), Box<dyn Error>> {
    let mut servidor = Filho::exemplo("servidor_udp", &[&["127.0.0.1:0"], argumentos].concat())?;
    let par = UdpSocket::bind("127.0.0.1:0")?;
    par.connect(servidor.esperar_endereco()?)?;
    par.set_read_timeout(Some(prazo_padrao()))?;
    Ok((servidor, par))
}

fn receber_datagrama(par: &UdpSocket) -> Result<String, Box<dyn Error>> {
    let mut buffer = [0; 1024];
    let tamanho = par.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..tamanho]).into_owned())
}

/// Se respondesse, um datagrama com o remetente falsificado poria dois servidores,
/// ou um só consigo mesmo, a conversar para sempre.
#[test]
fn servidor_udp_nao_responde_a_uma_resposta() -> Prova {
    for buffer in ["65536", "4"] {
        let (mut servidor, par) = servidor_udp_com_par(&[buffer])?;
        for resposta in [RECEBIDA, ENCERRADO] {
            par.send(resposta.as_bytes())?;
        }
        par.send(b"oi")?;
        assert_eq!(receber_datagrama(&par)?, RECEBIDA);
        par.send(b"off")?;
        assert_eq!(receber_datagrama(&par)?, ENCERRADO);
        acabou(&mut servidor, 0, &["\"oi\" (2 B)\n"])?;
    }
    Ok(())
}

#[test]
fn servidor_udp_responde_a_quem_so_comeca_como_ele() -> Prova {
    let (mut servidor, par) = servidor_udp_com_par(&[])?;
    for mensagem in ["", "M", "Mensagem recebida", "Mensagem recebida.\n"] {
        par.send(mensagem.as_bytes())?;
        assert_eq!(receber_datagrama(&par)?, RECEBIDA, "{mensagem:?}");
    }
    par.send(b"off\r\n")?;
    assert_eq!(receber_datagrama(&par)?, ENCERRADO);
    acabou(&mut servidor, 0, &[])
}

// --- os dois --------------------------------------------------------------

#[test]
fn argumentos_ruins_sao_erro_de_uso_em_portugues() -> Prova {
    let ruins: &[&[&str]] = &[
        &["50000"],
        &["127.0.0.1:65536"],
        &["127.0.0.1:porta"],
        &["\x1b[31mvermelho"],
        &["127.0.0.1:0", "0"],
        &["127.0.0.1:0", "-1"],
        &["127.0.0.1:0", "dez"],
        &["127.0.0.1:0", "1", "sobra"],
    ];
    for programa in ["servidor", "cliente"] {
        for argumentos in ruins {
            let mut filho = Filho::exemplo(programa, argumentos)?;
            let uso = format!("Uso: cargo run --example {programa} -- [HOST:PORTA] [SEGUNDOS]\n");
            acabou(&mut filho, 2, &["erro: ", &uso])?;
        }
        let mut ajuda = Filho::exemplo(programa, &["--ajuda"])?;
        acabou(&mut ajuda, 0, &["Uso: cargo run --example"])?;
    }
    Ok(())
}

/// `0.0.0.0` é para quem atende. O Linux o aceitaria como destino, o Windows não:
/// quem liga o recusa sempre.
#[test]
fn quem_liga_recusa_todas_as_interfaces() -> Prova {
    let chamadas: &[(&str, &[&str])] = &[
        ("cliente", &[]),
        ("cliente_udp", &[]),
        ("connect", &[]),
        ("sendall", &[]),
        ("recv", &["enviar"]),
        ("listen", &[]),
        ("close", &[]),
    ];
    for (programa, resto) in chamadas {
        for endereco in ["0.0.0.0:0", "[::]:0"] {
            let argumentos = [&[endereco], *resto].concat();
            let mut filho = Filho::exemplo(programa, &argumentos)?;
            acabou(&mut filho, 2, &["aqui dê o IP do servidor, como", "Uso: "])?;
        }
    }
    Ok(())
}

#[test]
fn a_porta_zero_e_trocada_pela_que_o_sistema_escolheu() -> Prova {
    let mut servidor = Filho::exemplo("servidor", &["127.0.0.1:0"])?;
    let linha = servidor.esperar_linha()?;
    let porta = linha
        .strip_prefix("Servidor aguardando conexão em 127.0.0.1:")
        .and_then(|resto| resto.strip_suffix("..."))
        .ok_or_else(|| servidor.falha("a primeira linha não é a do protocolo"))?;
    assert_ne!(porta.parse::<u16>()?, 0);
    Ok(())
}

/// Quem lê a saída vai embora depois da primeira linha, como em `| head -n 1`.
/// O código de saída do programa sai pelos erros, que ninguém fecha.
#[cfg(unix)]
fn com_head(nome: &str, argumentos: &[&str]) -> Result<Filho, Box<dyn Error>> {
    let mut comando = std::process::Command::new("sh");
    comando
        .args(["-c", r#"{ "$@"; echo "código $?" >&2; } | head -n 1"#, "sh"])
        .arg(provas::exemplo(nome)?)
        .args(argumentos);
    Ok(Filho::rodar(nome, comando)?)
}

#[cfg(unix)]
#[test]
fn servidor_acaba_quando_ninguem_le_a_saida() -> Prova {
    let mut servidor = com_head("servidor", &["127.0.0.1:0"])?;
    let mut par = conectar(servidor.esperar_endereco()?)?;
    let mut resposta = [0; RECEBIDA.len()];
    // O `head` já leu a sua linha, mas pode demorar a sair: insiste.
    while par.write_all(b"oi").is_ok() && par.read_exact(&mut resposta).is_ok() {}
    acabou(&mut servidor, 0, &["código 1\n"])
}

#[cfg(unix)]
#[test]
fn cliente_acaba_quando_ninguem_le_a_saida() -> Prova {
    let escuta = TcpListener::bind("127.0.0.1:0")?;
    let endereco = escuta.local_addr()?.to_string();
    let mut cliente = com_head("cliente", &[&endereco])?;
    cliente.escrever("oi\n".repeat(5000));
    let (par, _) = escuta.accept()?;
    com_prazo(&par)?;
    let leituras = responder_sempre(RECEBIDA.into())(par);
    assert!(
        leituras.len() < 5000,
        "o cliente não viu que a saída fechou"
    );
    acabou(&mut cliente, 0, &["código 1\n"])
}

#[cfg(unix)]
#[test]
fn cliente_udp_acaba_quando_ninguem_le_a_saida() -> Prova {
    let par = UdpSocket::bind("127.0.0.1:0")?;
    par.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut cliente = com_head("cliente_udp", &[&par.local_addr()?.to_string(), "1"])?;
    cliente.escrever("oi\n".repeat(5000));
    let limite = Instant::now() + prazo_padrao();
    let mut respostas = 0;
    while cliente.codigo().is_none() && Instant::now() < limite {
        if let Ok((_, de)) = par.recv_from(&mut [0; 1024]) {
            par.send_to(RECEBIDA.as_bytes(), de)?;
            respostas += 1;
        }
    }
    assert!(respostas < 5000, "o cliente não viu que a saída fechou");
    acabou(&mut cliente, 0, &["código 1\n"])
}

/// Com o disco cheio nem o erro pode ser escrito; o código de saída é o mesmo.
#[cfg(target_os = "linux")]
#[test]
fn o_codigo_de_saida_nao_depende_de_o_erro_ser_escrito() -> Prova {
    let sem_servidor = format!("127.0.0.1:{}", porta_livre());
    for (argumento, codigo) in [("50000", 2), (&sem_servidor, 1)] {
        let mut comando = std::process::Command::new("sh");
        comando
            .args(["-c", r#"exec "$@" 2>/dev/full"#, "sh"])
            .arg(provas::exemplo("cliente")?)
            .arg(argumento);
        acabou(&mut Filho::rodar("cliente", comando)?, codigo, &[])?;
    }
    Ok(())
}

/// No Linux, parar e continuar um processo interrompe um `recv` com prazo
/// (`signal(7)`): é o que faz quem aperta Ctrl-Z e digita `fg`.
#[cfg(target_os = "linux")]
#[test]
fn uma_leitura_interrompida_e_repetida() -> Prova {
    let (mut servidor, mut par) = servidor_com_par(10)?;
    perguntar(&mut par, b"oi", RECEBIDA)?;
    parar_e_continuar(&servidor)?;
    perguntar(&mut par, b"off", ENCERRADO)?;
    acabou(&mut servidor, 0, &[])?;

    let espera = |mut par: TcpStream| {
        ler_uma_vez(&mut par);
        par
    };
    let (mut cliente, papel) = cliente_contra(10, b"off\n", espera)?;
    let mut par = papel.join().expect("o papel não entra em pânico");
    parar_e_continuar(&cliente)?;
    par.write_all(ENCERRADO.as_bytes())?;
    acabou(&mut cliente, 0, &[ENCERRADO])
}

/// O mesmo com um `send` que espera por espaço (`sendall`, no laço).
#[cfg(target_os = "linux")]
#[test]
fn um_envio_interrompido_e_repetido() -> Prova {
    let escuta = TcpListener::bind("127.0.0.1:0")?;
    let mut sendall = Filho::exemplo("sendall", &[&escuta.local_addr()?.to_string()])?;
    sendall.esperar_trecho("Tecle Enter")?;
    let (mut par, _) = escuta.accept()?;
    com_prazo(&par)?;
    sendall.escrever("\n");
    // Ninguém lê: o programa dorme, primeiro à espera do Enter e logo no `send`.
    for _ in 0..50 {
        parar_e_continuar(&sendall)?;
    }
    std::io::copy(&mut par, &mut std::io::sink())?;
    acabou(
        &mut sendall,
        0,
        &["laço: o resto foi em ", "write_all: mais "],
    )
}

/// `VmHWM`, em `proc(5)`, é o máximo de memória que o processo já ocupou.
#[cfg(target_os = "linux")]
#[test]
fn uma_linha_sem_fim_nao_ocupa_memoria_sem_fim() -> Prova {
    let mut entrada = vec![b'e'; 64 << 20];
    entrada.extend_from_slice(b"\noff\n");
    let espera = |mut par: TcpStream| {
        ler_uma_vez(&mut par);
        par
    };
    let (mut cliente, papel) = cliente_contra(10, &entrada, espera)?;
    let mut par = papel.join().expect("o papel não entra em pânico");
    let dados = std::fs::read_to_string(format!("/proc/{}/status", cliente.pid()))?;
    let maximo = dados
        .lines()
        .find_map(|linha| linha.strip_prefix("VmHWM:")?.strip_suffix("kB"))
        .ok_or("sem VmHWM")?;
    let kib: u64 = maximo.trim().parse()?;
    assert!(kib < 32 * 1024, "o cliente ocupou {kib} KiB");
    par.write_all(ENCERRADO.as_bytes())?;
    acabou(&mut cliente, 0, &["Mensagem grande demais"])
}

#[cfg(target_os = "linux")]
fn parar_e_continuar(programa: &Filho) -> Prova {
    use rustix::process::{Pid, Signal, kill_process};

    let pid = Pid::from_raw(programa.pid().try_into()?).ok_or("pid 0")?;
    esperar_estado(programa, 'S')?;
    kill_process(pid, Signal::STOP)?;
    esperar_estado(programa, 'T')?;
    kill_process(pid, Signal::CONT)?;
    Ok(())
}

/// Espera que o núcleo diga que o processo está no `estado` (`proc(5)`).
#[cfg(target_os = "linux")]
fn esperar_estado(programa: &Filho, estado: char) -> Prova {
    let limite = Instant::now() + prazo_padrao();
    let caminho = format!("/proc/{}/stat", programa.pid());
    while Instant::now() < limite {
        let dados = std::fs::read_to_string(&caminho)?;
        let depois_do_nome = dados.rsplit_once(") ").map_or("", |(_, resto)| resto);
        if depois_do_nome.starts_with(estado) {
            return Ok(());
        }
        thread::yield_now();
    }
    Err(programa
        .falha(&format!("não ficou no estado {estado}"))
        .into())
}
