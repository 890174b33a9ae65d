//! O exercício `sendall`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::apoio::{acabou_mal, contar, ligado, medir};
use crate::par::desta_maquina;
use crate::{Escuta, Falha, PACIENCIA, Par, Processo, Programa, Resultado, exigir, mostrar};

/// Bem mais do que cabe nos buffers dos dois lados, com o de cá encolhido.
const GRANDE: usize = 6_000_000;

/// O buffer de recepção de quem lê devagar.
const BUFFER: usize = 64 * 1024;

/// Até quantos bytes se mostram; de mais, só se diz quantos são.
const LEGIVEL: usize = 200;

/// Quanto se espera pelos megabytes.
const PRAZO: Duration = Duration::from_secs(20);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    let texto = "uma linha\nfim sem quebra: olá, coração";
    manda(
        programa,
        "Pus duas linhas na entrada, a segunda sem quebra no fim.",
        texto.as_bytes(),
        "perdeu-o-fim",
    )?;
    let bytes: Vec<u8> = (0..3000_u32).map(|n| n.to_le_bytes()[0]).collect();
    manda(
        programa,
        "Pus na entrada 3000 bytes de todos os valores, que não são texto.",
        &bytes,
        "so-texto",
    )?;
    manda(programa, "Fechei a entrada sem nada.", &[], "so-texto")?;
    manda_muito(programa)?;
    some_no_meio(programa)
}

fn manda(programa: &Programa, feito: &str, dados: &[u8], se_falta: &str) -> Resultado {
    let (mut aluno, mut par) = ligado(programa, &Escuta::nova()?, &[], Some(dados))?;
    let prazo = PACIENCIA;
    entregue(&mut aluno, &mut par, feito, dados, se_falta, prazo)
}

/// Exige que tudo chegue, que o programa acabe bem e que diga quanto foi.
fn entregue(
    aluno: &mut Processo,
    par: &mut Par,
    feito: &str,
    dados: &[u8],
    se_falta: &str,
    prazo: Duration,
) -> Resultado {
    let lido = par.ate_o_fim(dados.len(), prazo);
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    exigir(lido.bytes == dados, || {
        let nome = if dados.starts_with(&lido.bytes) {
            se_falta
        } else {
            "so-texto"
        };
        let (esperado, veio) = if dados.len() <= LEGIVEL {
            (format!("Receber {}.", mostrar(dados)), contar(&lido))
        } else {
            let esperado = format!("Receber {} bytes, os da entrada.", dados.len());
            (esperado, medir(&lido, dados))
        };
        Falha::nova(nome)
            .feito(feito)
            .esperado(esperado)
            .veio(veio)
            .erros(fim.erros.clone())
    })?;
    exigir(fim.codigo == Some(0), || {
        Falha::nova("codigo-errado")
            .feito(feito)
            .esperado("O código de saída 0: deu tudo certo.")
            .veio(format!("Ele acabou com {}.", fim.como()))
            .erros(fim.erros.clone())
    })?;
    let certa = format!("mandei {} bytes", dados.len());
    let saida = String::from_utf8_lossy(&fim.saida);
    exigir(saida.lines().any(|linha| linha.trim() == certa), || {
        Falha::nova("conta-errada")
            .feito(feito)
            .esperado(format!("A linha `{certa}`."))
            .veio(mostrar(&fim.saida))
    })
}

/// Megabytes, a quem não lê logo, com o programa suspenso no meio de um envio.
fn manda_muito(programa: &Programa) -> Resultado {
    let feito = "Pus uns 6 milhões de bytes na entrada e demorei a ler; com o envio parado, \
                 suspendi e acordei o programa.";
    let dados = muitos();
    let (mut aluno, mut par) = ligado(programa, &lenta()?, &[], Some(&dados))?;
    interromper(&aluno, &par);
    entregue(&mut aluno, &mut par, feito, &dados, "um-write-so", PRAZO)
}

fn some_no_meio(programa: &Programa) -> Resultado {
    let feito = "Pus uns 6 milhões de bytes na entrada, li os primeiros e derrubei a conexão.";
    let (mut aluno, mut par) = ligado(programa, &lenta()?, &[], Some(&muitos()))?;
    par.exatamente(4096, PACIENCIA);
    par.derrubar();
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    // O Windows fica com um envio inteiro, do tamanho que for, e quem mandou tudo em um só
    // acabou antes da queda: aí não há erro que se possa ignorar.
    if cfg!(windows) && fim.codigo == Some(0) {
        return Ok(());
    }
    acabou_mal(&fim, feito, "ignora-o-erro")
}

/// Bytes que não se repetem de um jeito que esconda um pedaço trocado.
fn muitos() -> Vec<u8> {
    let mut sorte = 0x2545_f491_4f6c_dd1d_u64;
    let sortear = |_| {
        sorte ^= sorte << 13;
        sorte ^= sorte >> 7;
        sorte ^= sorte << 17;
        sorte.to_le_bytes()[0]
    };
    (0..GRANDE).map(sortear).collect()
}

/// Uma escuta cujas conexões guardam pouco do que ainda não se leu.
fn lenta() -> Resultado<Escuta> {
    let escutar = || -> std::io::Result<TcpListener> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        // Antes do `listen`: as conexões herdam.
        socket.set_recv_buffer_size(BUFFER)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(8)?;
        Ok(socket.into())
    };
    Escuta::de(escutar().map_err(|erro| desta_maquina(&erro))?)
}

/// Espera que o envio pare, com os buffers cheios, e o faz voltar no meio.
#[cfg(target_os = "linux")]
fn interromper(aluno: &Processo, par: &Par) {
    use crate::{espera, nucleo};

    let (Ok(aqui), Ok(la)) = (par.conexao().local_addr(), par.conexao().peer_addr()) else {
        return;
    };
    let mut antes = 0;
    espera::ate(PACIENCIA, || {
        let agora = nucleo::por_confirmar(la, aqui).unwrap_or_default();
        let parado = agora > 0 && agora == antes && nucleo::dorme(aluno.pid());
        antes = agora;
        std::thread::sleep(Duration::from_millis(20));
        parado
    });
    nucleo::suspender_e_seguir(aluno.pid());
}

#[cfg(not(target_os = "linux"))]
fn interromper(_: &Processo, _: &Par) {
    std::thread::sleep(Duration::from_millis(300));
}
