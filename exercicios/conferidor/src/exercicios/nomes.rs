//! O exercício `nomes`.

use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::apoio::{acaba, acabou_bem};
use crate::processo::achar_endereco;
use crate::{Escuta, Falha, Ninguem, Processo, Programa, Resultado, exigir, mostrar};

/// O prazo de cada tentativa, em milissegundos.
const PRAZO: &str = "300";

/// Uma parte de um nome tem até 63 letras (RFC 1035 §2.3.4): este, ninguém precisa
/// perguntar a outro computador para saber que não existe.
const NOME_IMPOSSIVEL: &str =
    "um-nome-comprido-demais-para-ser-de-alguem-em-qualquer-rede-do-mundo-inteiro:9";

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    um_endereco(programa)?;
    o_segundo_atende(programa)?;
    por_ipv6(programa)?;
    um_nome_que_nao_existe(programa)?;
    ninguem_atende(programa)?;
    um_que_nao_responde(programa)
}

fn rodar(programa: &Programa, nomes: &[&str]) -> Resultado<Processo> {
    let argumentos: Vec<&str> = [PRAZO].iter().chain(nomes).copied().collect();
    programa.rodar(&argumentos)
}

/// Exige que o programa diga que conectou em `certo`, e mais nada, e acabe bem.
fn conectou(aluno: &mut Processo, certo: SocketAddr, feito: &str, se_desistiu: &str) -> Resultado {
    let dito = aluno.endereco().map_err(|falha| {
        // Quem acabou bem conectou, e não disse por onde.
        let bem = falha.veio.contains("com código 0");
        let preciso = if bem { "nao-diz" } else { se_desistiu };
        falha.depois_de(feito).quando("acabou-cedo", preciso)
    })?;
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    let escrito = aluno.escrito();
    let falha = |nome: &str, veio: String| {
        Falha::nova(nome)
            .feito(feito)
            .esperado(format!(
                "A linha “Conectado a {certo}”, e mais nada na saída padrão."
            ))
            .veio(veio)
            .erros(fim.erros.clone())
    };
    let texto = String::from_utf8_lossy(&escrito);
    let disse = texto
        .lines()
        .any(|linha| achar_endereco(linha) == Some(certo));
    // Quem desiste também pode ter escrito na saída padrão o que tentou.
    exigir(disse || fim.codigo == Some(0), || {
        let veio = format!(
            "Ele acabou com {}, e na saída {}.",
            fim.como(),
            mostrar(&escrito)
        );
        falha(se_desistiu, veio)
    })?;
    exigir(disse, || {
        falha(
            "diz-outro",
            format!("Ele escreveu {dito}, onde ninguém atende."),
        )
    })?;
    let linhas = texto.lines().filter(|linha| !linha.trim().is_empty());
    exigir(linhas.count() == 1, || {
        falha(
            "fala-demais",
            format!("Na saída padrão, {}.", mostrar(&escrito)),
        )
    })?;
    acabou_bem(&fim, feito)
}

fn um_endereco(programa: &Programa) -> Resultado {
    let escuta = Escuta::nova()?;
    let certo = escuta.endereco()?;
    let feito = "Dei um endereço em que atendo.";
    let mut aluno = rodar(programa, &[&certo.to_string()])?;
    conectou(&mut aluno, certo, feito, "nao-liga")?;
    escuta
        .aceitar(Duration::from_secs(1))
        .map(|_| ())
        .map_err(|falha| falha.depois_de(feito))
}

/// O primeiro recusa; o segundo é um nome.
fn o_segundo_atende(programa: &Programa) -> Resultado {
    let (ninguem, escuta) = (Ninguem::novo()?, Escuta::nova()?);
    let certo = escuta.endereco()?;
    let mut nome = certo.to_string();
    let localhost = format!("localhost:{}", certo.port());
    // Há máquinas em que localhost só tem IPv6, ou não existe.
    if resolve(&localhost).contains(&certo) {
        nome = localhost;
    }
    let feito = format!("Dei um endereço que recusa, e depois {nome}, em que atendo por IPv4.");
    let mut aluno = rodar(programa, &[&ninguem.endereco().to_string(), &nome])?;
    conectou(&mut aluno, certo, &feito, "so-o-primeiro")
}

fn resolve(nome: &str) -> Vec<SocketAddr> {
    nome.to_socket_addrs()
        .map(Iterator::collect)
        .unwrap_or_default()
}

/// Onde há IPv6, só ele atende.
fn por_ipv6(programa: &Programa) -> Resultado {
    let escuta = TcpListener::bind((Ipv6Addr::LOCALHOST, 0));
    let Ok(Ok(certo)) = escuta.as_ref().map(TcpListener::local_addr) else {
        return Ok(());
    };
    let ninguem = Ninguem::novo()?;
    let recusa = ninguem.endereco().to_string();
    let mut nomes = vec![certo.to_string()];
    let localhost = format!("localhost:{}", certo.port());
    if resolve(&localhost).contains(&certo) {
        nomes.push(localhost);
    }
    for nome in nomes {
        let feito = format!("Dei um endereço que recusa, e depois {nome}, em que atendo por IPv6.");
        let mut aluno = rodar(programa, &[&recusa, &nome])?;
        conectou(&mut aluno, certo, &feito, "so-o-primeiro")?;
    }
    Ok(())
}

fn um_nome_que_nao_existe(programa: &Programa) -> Resultado {
    let escuta = Escuta::nova()?;
    let certo = escuta.endereco()?;
    let feito = "Dei um nome que não existe, e depois um endereço em que atendo.";
    let mut aluno = rodar(programa, &[NOME_IMPOSSIVEL, &certo.to_string()])?;
    conectou(&mut aluno, certo, feito, "nome-para-tudo")
}

/// Quando nenhum serve, o motivo de cada um.
fn ninguem_atende(programa: &Programa) -> Resultado {
    let (um, outro) = (Ninguem::novo()?, Ninguem::novo()?);
    let (um_so, outro_so) = (um.endereco().to_string(), outro.endereco().to_string());
    let feito = "Dei dois endereços que recusam e, entre eles, um nome que não existe.";
    let mut aluno = rodar(programa, &[&um_so, NOME_IMPOSSIVEL, &outro_so])?;
    let fim = acaba(&mut aluno, feito, 1, "motivos")?;
    for parte in [um_so.as_str(), &NOME_IMPOSSIVEL[..40], &outro_so] {
        exigir(fim.erros.contains(parte), || {
            Falha::nova("motivos")
                .feito(feito)
                .esperado(format!("Na saída de erro, por que {parte} não serviu."))
                .veio(format!("Ela não fala em {parte}."))
                .erros(fim.erros.clone())
        })?;
    }
    Ok(())
}

/// Um endereço mudo, em que a conexão nem se completa nem se recusa, não para a fila.
fn um_que_nao_responde(programa: &Programa) -> Resultado {
    let Some((_mudo, _fila, mudo)) = endereco_mudo() else {
        // Nesta máquina uma fila cheia recusa, em vez de calar.
        return Ok(());
    };
    let escuta = Escuta::nova()?;
    let certo = escuta.endereco()?;
    let feito = "Dei um endereço que não responde, e depois um em que atendo.";
    let mut aluno = rodar(programa, &[&mudo.to_string(), &certo.to_string()])?;
    conectou(&mut aluno, certo, feito, "so-o-primeiro")
}

/// Um socket cuja fila está cheia, quem a enche, e o endereço dele.
fn endereco_mudo() -> Option<(Socket, Vec<TcpStream>, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&local.into()).ok()?;
    socket.listen(0).ok()?;
    let endereco = socket.local_addr().ok()?.as_socket()?;
    let mut fila = Vec::new();
    for _ in 0..8 {
        match TcpStream::connect_timeout(&endereco, Duration::from_millis(200)) {
            Ok(conexao) => fila.push(conexao),
            Err(erro) if erro.kind() == std::io::ErrorKind::TimedOut => {
                return Some((socket, fila, endereco));
            }
            Err(_) => return None,
        }
    }
    None
}
