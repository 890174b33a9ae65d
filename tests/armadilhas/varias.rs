//! Muitas conexões ao mesmo tempo: quem faz os outros esperarem, quem gasta demais e
//! quem atende a todos, mesmo aos que só querem atrapalhar.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use provas::exemplos::{Programa, executavel};
use provas::ferramentas::exigir_tudo;
use provas::{Falha, Filho, prazo_padrao};
use socket2::SockRef;

use crate::insistir;

type Prova = Result<(), Failed>;

/// Quanto se espera por quem abre milhares de conexões: a máquina pode estar ocupada.
const PRAZO: Duration = Duration::from_secs(120);

/// Quanto os programas do capítulo esperam antes de dizer que nada veio, ou que nada cabe.
const ESPERA: Duration = Duration::from_secs(1);

/// As provas deste capítulo.
pub fn provas() -> Vec<Trial> {
    let provas = vec![
        Trial::test("varias_errado_atende_um_por_vez", um_por_vez),
        Trial::test("varias_threads_atende_a_todos", thread_por_conexao),
        Trial::test("varias_grupo_tem_um_teto", grupo),
        Trial::test("varias_apresentadas", apresentadas),
        Trial::test("varias_parar", parar),
        Trial::test("varias_lento", || insistir(ESPERA, lento)),
        Trial::test("varias_polling_mil", || mil("varias_polling")),
        Trial::test("varias_tokio_mil", || mil("eco_tokio")),
        Trial::test("varias_polling_limite", limite),
        Trial::test("varias_polling_hostis", hostis),
        Trial::test("varias_polling_para", polling_para),
        Trial::test("varias_carga_acusa", || insistir(ESPERA, carga_acusa)),
        Trial::test("varias_carga_nao_espera_gotas", carga_gotas),
    ];
    #[cfg(unix)]
    let provas = provas.into_iter().chain(unix::provas()).collect();
    provas
}

// --- quem faz o papel dos clientes -----------------------------------------

/// Um programa dos pacotes de muitas conexões, como o livro manda: com otimização.
fn otimizado(nome: &str) -> Result<Command, Falha> {
    let programa = Programa {
        nome: nome.into(),
        otimizado: true,
    };
    Ok(Command::new(executavel(&programa)?))
}

fn rodar(nome: &str, argumentos: &[&str]) -> Result<Filho, Falha> {
    let mut comando = otimizado(nome)?;
    comando.args(argumentos);
    Ok(Filho::rodar(nome, comando)?.com_prazo(PRAZO))
}

/// Um servidor em uma porta livre, e onde ele atende.
fn servidor(nome: &str, argumentos: &[&str]) -> Result<(Filho, SocketAddr), Falha> {
    let mut filho = rodar(nome, &[&["127.0.0.1:0"], argumentos].concat())?;
    let endereco = filho.esperar_endereco()?;
    Ok((filho, endereco))
}

fn ligar(endereco: SocketAddr) -> io::Result<TcpStream> {
    let cliente = TcpStream::connect_timeout(&endereco, prazo_padrao())?;
    cliente.set_read_timeout(Some(prazo_padrao()))?;
    cliente.set_write_timeout(Some(prazo_padrao()))?;
    Ok(cliente)
}

/// Manda `bytes` e confere que são eles que voltam.
fn conferir(mut cliente: &TcpStream, bytes: &[u8]) -> Prova {
    cliente.write_all(bytes)?;
    ouvir(cliente, bytes)
}

fn ouvir(mut cliente: &TcpStream, bytes: &[u8]) -> Prova {
    let mut eco = vec![0; bytes.len()];
    cliente.read_exact(&mut eco)?;
    if eco != bytes {
        return Err(format!("{eco:?} não é o eco de {bytes:?}").into());
    }
    Ok(())
}

/// Quem já é atendido fala muitas vezes; quem espera, nesse tempo, não ouve nada.
fn so_um_e_atendido(atendido: &TcpStream, espera: &TcpStream) -> Prova {
    for vez in 0..50_u8 {
        conferir(atendido, &[vez])?;
    }
    espera.set_nonblocking(true)?;
    let lido = (&*espera).read(&mut [0]);
    espera.set_nonblocking(false)?;
    match lido {
        Err(erro) if erro.kind() == ErrorKind::WouldBlock => Ok(()),
        outro => Err(format!("devia esperar, e leu {outro:?}").into()),
    }
}

/// Fecha com RST em vez de FIN.
fn resetar(cliente: TcpStream) -> io::Result<()> {
    SockRef::from(&cliente).set_linger(Some(Duration::ZERO))?;
    drop(cliente);
    Ok(())
}

/// Manda sem nunca ler, até não caber mais nada em lugar nenhum.
fn encher(mut cliente: &TcpStream) -> io::Result<usize> {
    cliente.set_write_timeout(Some(Duration::from_millis(300)))?;
    let pedaco = [b'x'; 16 << 10];
    let mut mandados = 0;
    loop {
        match cliente.write(&pedaco) {
            Ok(quantos) => mandados += quantos,
            Err(erro) if matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(mandados);
            }
            Err(erro) => return Err(erro),
        }
    }
}

/// A conversa acabou: um FIN, ou um RST.
fn acabou(mut cliente: &TcpStream) -> Prova {
    match cliente.read(&mut [0]) {
        Ok(0) => Ok(()),
        Err(erro) if erro.kind() == ErrorKind::ConnectionReset => Ok(()),
        outro => Err(format!("devia ter acabado, e leu {outro:?}").into()),
    }
}

/// Um campo de `/proc/PID/status`, em KiB; `None` onde não há.
fn estado(filho: &Filho, campo: &str) -> Option<u64> {
    let texto = std::fs::read_to_string(format!("/proc/{}/status", filho.pid())).ok()?;
    let mut campos = texto.lines().filter_map(|linha| linha.split_once(':'));
    let (_, valor) = campos.find(|(nome, _)| *nome == campo)?;
    valor.split_whitespace().next()?.parse().ok()
}

/// Onde se pode medir, a memória não cresceu mais do que `maximo` KiB.
fn cresceu_pouco(filho: &Filho, antes: Option<u64>, maximo: u64) -> Prova {
    let (Some(antes), Some(agora)) = (antes, estado(filho, "RssAnon")) else {
        return Ok(());
    };
    if agora > antes + maximo {
        let frase = format!("a memória foi de {antes} a {agora} KiB; o máximo era {maximo} a mais");
        return Err(filho.falha(&frase).into());
    }
    Ok(())
}

// --- um por vez, uma thread para cada um, um grupo --------------------------

fn um_por_vez() -> Prova {
    let mut filho = Filho::exemplo("varias_errado", &["127.0.0.1:0"])?;
    let endereco = filho.esperar_endereco()?;
    let primeiro = ligar(endereco)?;
    conferir(&primeiro, b"um")?;
    let mut segundo = ligar(endereco)?;
    segundo.write_all(b"dois")?;
    so_um_e_atendido(&primeiro, &segundo)?;
    // Nem um reset do primeiro derruba o servidor.
    resetar(primeiro)?;
    ouvir(&segundo, b"dois")
}

fn thread_por_conexao() -> Prova {
    let mut filho = Filho::exemplo("varias_threads", &["127.0.0.1:0"])?;
    let endereco = filho.esperar_endereco()?;
    let calados: Vec<_> = (0..50).map(|_| ligar(endereco)).collect::<Result<_, _>>()?;
    let nunca_le = ligar(endereco)?;
    encher(&nunca_le)?;
    for calado in calados {
        resetar(calado)?;
        conferir(&ligar(endereco)?, b"oi")?;
    }
    Ok(())
}

fn grupo() -> Prova {
    let mut filho = Filho::exemplo("varias_grupo", &["127.0.0.1:0"])?;
    let endereco = filho.esperar_endereco()?;
    let mut atendidos = Vec::new();
    for numero in 0..4_u8 {
        atendidos.push(ligar(endereco)?);
        conferir(&atendidos[usize::from(numero)], &[numero])?;
    }
    let mut quinto = ligar(endereco)?;
    quinto.write_all(b"cinco")?;
    // Mais gente do que as threads e a fila comportam: nada cresce.
    let excesso: Vec<_> = (0..60).map(|_| ligar(endereco)).collect::<Result<_, _>>()?;
    so_um_e_atendido(&atendidos[0], &quinto)?;
    if let Some(threads) = estado(&filho, "Threads")
        && threads != 5
    {
        return Err(filho
            .falha(&format!("há {threads} threads, e não 5"))
            .into());
    }
    resetar(atendidos.remove(3))?;
    ouvir(&quinto, b"cinco")?;
    drop((excesso, atendidos, quinto));
    conferir(&ligar(endereco)?, b"de novo")
}

fn apresentadas() -> Prova {
    apresentada("varias_errado", true)?;
    insistir(ESPERA, || apresentada("varias_threads", false))?;
    apresentada("varias_grupo", true)
}

fn apresentada(programa: &str, espera: bool) -> Prova {
    let mut filho = Filho::exemplo::<&str>(programa, &[])?;
    filho.esperar_linha_com("A quinta: o eco respondeu \"oi\".")?;
    let codigo = filho.esperar_fim()?;
    let esperou = filho.tudo().contains("nada em 1 s");
    if codigo != 0 || esperou != espera {
        return Err(filho
            .falha(&format!("código {codigo}; esperou: {esperou}"))
            .into());
    }
    Ok(())
}

// --- parar, e quem não lê ----------------------------------------------------

fn parar() -> Prova {
    parado("errado", true)?;
    insistir(ESPERA, || parado("certo", false))
}

fn parado(caso: &str, preso: bool) -> Prova {
    let mut filho = Filho::exemplo("varias_parar", &[caso])?;
    filho.esperar_linha_com("leu 0 bytes")?;
    let codigo = filho.esperar_fim()?;
    let ficou_preso = filho.tudo().contains("continua dentro do accept");
    if codigo != 0 || ficou_preso != preso {
        return Err(filho.falha(&format!("{caso}: código {codigo}")).into());
    }
    Ok(())
}

fn lento() -> Prova {
    let guardados = |caso: &str| -> Result<u64, Failed> {
        let mut filho = Filho::exemplo("varias_lento", &[caso])?;
        let linha = filho.esperar_linha_com("O servidor guarda")?;
        let codigo = filho.esperar_fim()?;
        let numero = linha.split_whitespace().find_map(|p| p.parse().ok());
        match numero {
            Some(numero) if codigo == 0 => Ok(numero),
            _ => Err(filho.falha(&format!("código {codigo}")).into()),
        }
    };
    let (errado, certo) = (guardados("errado")?, guardados("certo")?);
    // A fila de 16 pedaços, mais o que está na mão de cada thread.
    if errado < 16 << 10 || certo > 18 * 16 {
        return Err(format!("o errado guardou {errado} KiB e o certo, {certo}").into());
    }
    Ok(())
}

// --- o laço de eventos -------------------------------------------------------

/// Mil conexões paradas, e todas respondem duas vezes.
fn mil(nome: &str) -> Prova {
    multidao(nome, 1000)
}

fn multidao(nome: &str, quantas: u32) -> Prova {
    let (filho, endereco) = servidor(nome, &[])?;
    conferir(&ligar(endereco)?, b"oi")?;
    let antes = estado(&filho, "RssAnon");
    let endereco = endereco.to_string();
    let mut carga = rodar("varias_carga", &[&endereco, &quantas.to_string(), "60"])?;
    carga.esperar_linha_com("continuam abertas, e todas responderam de novo")?;
    carga.esperar_trecho("desligar.")?;
    if nome == "varias_polling" {
        cresceu_pouco(&filho, antes, u64::from(quantas) * 4)?;
    }
    carga.escrever("\n");
    match carga.esperar_fim()? {
        0 => Ok(()),
        codigo => Err(carga.falha(&format!("código {codigo}")).into()),
    }
}

fn limite() -> Prova {
    let (_filho, endereco) = servidor("varias_polling", &["3"])?;
    let mut atendidos = Vec::new();
    for numero in 0..3_u8 {
        atendidos.push(ligar(endereco)?);
        conferir(&atendidos[usize::from(numero)], &[numero])?;
    }
    let mut quarto = ligar(endereco)?;
    quarto.write_all(b"quatro")?;
    so_um_e_atendido(&atendidos[0], &quarto)?;
    drop(atendidos.pop());
    ouvir(&quarto, b"quatro")
}

fn hostis() -> Prova {
    let (filho, endereco) = servidor("varias_polling", &[])?;
    let honesto = ligar(endereco)?;
    conferir(&honesto, b"antes de todos")?;
    let antes = estado(&filho, "RssAnon");

    // Quem manda e nunca lê: o que sobra fica com ele, e não na memória do servidor.
    let nunca_leem: Vec<_> = (0..8).map(|_| ligar(endereco)).collect::<Result<_, _>>()?;
    for cliente in &nunca_leem {
        encher(cliente)?;
        conferir(&honesto, b"apesar de quem nunca le")?;
    }
    cresceu_pouco(&filho, antes, 512)?;

    // Gota a gota, e um que goteja e desaparece.
    let gota_a_gota = ligar(endereco)?;
    for gota in 0..100 {
        conferir(&gota_a_gota, &[gota])?;
    }
    (&gota_a_gota).write_all(b"!")?;
    resetar(gota_a_gota)?;

    // Muitos que ligam e somem, com e sem adeus, e com bytes por ler.
    let muitos = if exigir_tudo() { 10_000 } else { 1000 };
    for vez in 0..muitos {
        let mut some = ligar(endereco)?;
        if vez % 3 == 0 {
            some.write_all(&[b'x'; 3000])?;
        }
        if vez % 2 == 0 {
            resetar(some)?;
        }
    }
    conferir(&honesto, b"apesar de quem some")?;

    // Quem não lia resolve ler: nada se perdeu, nem se trocou.
    let mut primeiro = &nunca_leem[0];
    let mut eco = vec![0; 64 << 10];
    primeiro.read_exact(&mut eco)?;
    if eco.iter().any(|&byte| byte != b'x') {
        return Err(filho.falha("o eco de quem não lia veio trocado").into());
    }
    for cliente in nunca_leem {
        resetar(cliente)?;
    }
    cresceu_pouco(&filho, antes, 512)?;
    conferir(&honesto, b"depois de todos")?;

    // Um grande, maior que todos os buffers, de quem manda e lê ao mesmo tempo.
    let grande: Vec<u8> = (0..8_u32 << 20).map(|n| n.to_le_bytes()[1]).collect();
    std::thread::scope(|escopo| {
        let leitora = escopo.spawn(|| ouvir(&honesto, &grande).is_ok());
        (&honesto).write_all(&grande)?;
        match leitora.join() {
            Ok(true) => Ok(()),
            _ => Err(filho.falha("o eco de 8 MiB não voltou igual").into()),
        }
    })
}

fn polling_para() -> Prova {
    let (mut filho, endereco) = servidor("varias_polling", &[])?;
    let clientes: Vec<_> = (0..50).map(|_| ligar(endereco)).collect::<Result<_, _>>()?;
    for cliente in &clientes {
        conferir(cliente, b"oi")?;
    }
    let nunca_le = ligar(endereco)?;
    conferir(&nunca_le, b"oi")?;
    encher(&nunca_le)?;
    filho.esperar_trecho("Tecle Enter para parar.")?;
    filho.escrever("\n");
    filho.esperar_linha_com("estavam abertas: 51.")?;
    if filho.esperar_fim()? != 0 {
        return Err(filho.falha("não acabou bem").into());
    }
    for cliente in &clientes {
        acabou(cliente)?;
    }
    match TcpStream::connect_timeout(&endereco, prazo_padrao()) {
        Err(_) => Ok(()),
        Ok(_) => Err(filho.falha("a porta continua aberta").into()),
    }
}

/// O gerador de carga sabe reprovar: diante de quem atende um por vez, ele diz qual
/// conexão ficou sem resposta.
fn carga_acusa() -> Prova {
    let mut filho = Filho::exemplo("varias_errado", &["127.0.0.1:0"])?;
    let endereco = filho.esperar_endereco()?.to_string();
    let mut carga = rodar("varias_carga", &[&endereco, "10", "1"])?;
    reprovou(&mut carga, "a conexão 2 não respondeu")
}

/// Um eco certo, mas gota a gota: o prazo é do eco inteiro, e não de cada byte.
fn carga_gotas() -> Prova {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endereco = escuta.local_addr()?.to_string();
    let mut carga = rodar("varias_carga", &[&endereco, "1", "1"])?;
    let (cliente, _) = escuta.accept()?;
    let gotejador = thread::spawn(move || gotejar(&cliente));
    reprovou(&mut carga, "a conexão 1 não respondeu")?;
    gotejador.join().map_err(|_| "quem goteja parou")?;
    Ok(())
}

/// Devolve um byte a cada décimo de segundo, até o cliente desligar.
fn gotejar(mut cliente: &TcpStream) {
    let pausa = Duration::from_millis(100);
    let mut eco = [0; 64];
    if cliente.read_exact(&mut eco).is_err() {
        return;
    }
    if cliente.set_read_timeout(Some(pausa)).is_err() {
        return;
    }
    for gota in eco {
        let mandada = cliente.write_all(&[gota]);
        match mandada.and_then(|()| cliente.read(&mut [0])) {
            Err(erro) if matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            _ => return,
        }
    }
}

fn reprovou(carga: &mut Filho, frase: &str) -> Prova {
    carga.esperar_linha_com(frase)?;
    match carga.esperar_fim()? {
        1 => Ok(()),
        codigo => Err(carga.falha(&format!("código {codigo}")).into()),
    }
}

#[cfg(unix)]
mod unix {
    use libtest_mimic::Completion;
    use rustix::process::{Resource, getrlimit};

    use super::{
        Duration, Failed, Filho, PRAZO, Prova, SocketAddr, Trial, Write, conferir, exigir_tudo,
        ligar, multidao, otimizado, ouvir, rodar, so_um_e_atendido,
    };
    use provas::ferramentas::Ausente;

    /// As que precisam do limite de descritores, que só há no Unix.
    pub fn provas() -> Vec<Trial> {
        vec![
            Trial::test("varias_emfile", emfile),
            Trial::test("varias_polling_sem_descritores", sem_descritores),
            Trial::test("varias_faltam_descritores", faltam),
            Trial::ignorable_test("varias_polling_dez_mil", || dez_mil("varias_polling")),
            Trial::ignorable_test("varias_tokio_dez_mil", || dez_mil("eco_tokio")),
            Trial::ignorable_test("varias_medir", medir),
        ]
    }

    /// Quantos descritores o servidor sem descritores pode ter.
    const DESCRITORES: &str = "32";

    fn emfile() -> Prova {
        let mut filho = rodar("varias_emfile", &["cai"])?;
        filho.esperar_linha_com("Aceitei 5.")?;
        filho.esperar_linha_com("não foi possível aceitar")?;
        assert_eq!(filho.esperar_fim()?, 1);

        let mut filho = rodar("varias_emfile", &["gira"])?;
        let linha = filho.esperar_linha_com("o accept falhou")?;
        let vezes = linha.split_whitespace().rev().nth(1);
        let vezes: u64 = vezes.and_then(|v| v.parse().ok()).unwrap_or(0);
        assert!(vezes > 1000, "{linha}");
        assert_eq!(filho.esperar_fim()?, 1);

        let mut filho = rodar("varias_emfile", &["espera"])?;
        filho.esperar_linha_com("Aceitei os 12, e 12 tiveram resposta.")?;
        assert_eq!(filho.esperar_fim()?, 0);
        Ok(())
    }

    /// O laço de eventos em um processo com poucos descritores, e onde ele atende.
    fn com_poucos_descritores() -> Result<(Filho, SocketAddr), Failed> {
        let programa = otimizado("varias_polling")?;
        let mut comando = std::process::Command::new("sh");
        comando
            .args(["-c", "ulimit -n \"$1\"; exec \"$0\" 127.0.0.1:0"])
            .arg(programa.get_program())
            .arg(DESCRITORES);
        let mut filho = Filho::rodar("varias_polling", comando)?.com_prazo(PRAZO);
        let endereco = filho.esperar_endereco()?;
        Ok((filho, endereco))
    }

    fn sem_descritores() -> Prova {
        let (mut filho, endereco) = com_poucos_descritores()?;
        filho.esperar_linha_com("Atendo quantos couberem")?;
        let mut clientes = Vec::new();
        for _ in 0..60 {
            let mut cliente = ligar(endereco)?;
            cliente.write_all(b"oi")?;
            clientes.push(cliente);
        }
        filho.esperar_linha_com("accept: Too many open files")?;
        ouvir(&clientes[0], b"oi")?;
        let ultimo = clientes.len() - 1;
        so_um_e_atendido(&clientes[0], &clientes[ultimo])?;

        // Não gira: enquanto ninguém faz nada, quase não gasta processador.
        let antes = processador(&filho);
        clientes[ultimo].set_read_timeout(Some(Duration::from_secs(1)))?;
        ouvir(&clientes[ultimo], b"oi").expect_err("não há descritor para ele");
        if let (Some(antes), Some(depois)) = (antes, processador(&filho)) {
            assert!(depois - antes < 50, "girou: {antes} e {depois} centésimos");
        }

        // Cada um que desliga dá lugar a outro, até o último.
        clientes[ultimo].set_read_timeout(Some(PRAZO))?;
        for (numero, cliente) in clientes.into_iter().enumerate() {
            if numero > 0 {
                ouvir(&cliente, b"oi")?;
            }
        }
        conferir(&ligar(endereco)?, b"de novo")
    }

    /// Quanto tempo de processador o servidor já gastou, em centésimos de segundo.
    fn processador(filho: &Filho) -> Option<u64> {
        let texto = std::fs::read_to_string(format!("/proc/{}/stat", filho.pid())).ok()?;
        let (_, campos) = texto.rsplit_once(')')?;
        let campos: Vec<&str> = campos.split_whitespace().collect();
        Some(campos.get(11)?.parse::<u64>().ok()? + campos.get(12)?.parse::<u64>().ok()?)
    }

    /// Sem descritores que bastem, o gerador diz quantos faltam e o que fazer.
    fn faltam() -> Prova {
        let programa = otimizado("varias_carga")?;
        let mut comando = std::process::Command::new("sh");
        comando
            .args(["-c", "ulimit -n 64; exec \"$0\" 127.0.0.1:9 1000"])
            .arg(programa.get_program());
        let mut filho = Filho::rodar("varias_carga", comando)?;
        let linha = filho.esperar_linha_com("são precisos 1016 descritores")?;
        assert!(
            linha.contains("pode ter 64") && linha.contains("ulimit -Hn"),
            "{linha}"
        );
        assert_eq!(filho.esperar_fim()?, 1);
        Ok(())
    }

    /// Por que as provas de dez mil conexões não rodam, se não rodam.
    fn sem_dez_mil() -> Option<Result<Completion, Failed>> {
        if !exigir_tudo() {
            return Some(Ok(Completion::ignored_with("só com EXIGIR_TUDO=1")));
        }
        let duro = getrlimit(Resource::Nofile).maximum;
        let falta = duro.is_some_and(|duro| duro < 10_016);
        falta.then(|| Ausente::porque("o limite de descritores não chega a 10016").concluir())
    }

    fn dez_mil(nome: &str) -> Result<Completion, Failed> {
        if let Some(fim) = sem_dez_mil() {
            return fim;
        }
        multidao(nome, 10_000)?;
        Ok(Completion::Completed)
    }

    fn medir() -> Result<Completion, Failed> {
        if !cfg!(target_os = "linux") {
            return Ok(Completion::ignored_with("só no Linux, que tem /proc"));
        }
        if let Some(fim) = sem_dez_mil() {
            return fim;
        }
        // Os servidores que ele roda, na pasta dele.
        provas::exemplos::executavel(&provas::exemplos::Programa {
            nome: "varias_threads".into(),
            otimizado: true,
        })?;
        otimizado("varias_polling")?;
        otimizado("eco_tokio")?;
        let pasta = tempfile::tempdir()?;
        let mut filho = rodar("varias_medir", &[&pasta.path().to_string_lossy(), "1"])?;
        assert_eq!(filho.esperar_fim_em(PRAZO)?, 0, "{}", filho.tudo());
        for (tabela, linhas) in [("varias-memoria.csv", 10), ("varias-vazao.csv", 4)] {
            let texto = std::fs::read_to_string(pasta.path().join(tabela))?;
            assert_eq!(texto.lines().count(), linhas, "{texto}");
        }
        Ok(Completion::Completed)
    }
}
