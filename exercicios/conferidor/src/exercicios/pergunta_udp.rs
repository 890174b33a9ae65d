//! O exercício `pergunta_udp`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::apoio::{acaba, culpa, escreve, gotejar, insistir};
use crate::{Datagramas, Falha, PACIENCIA, Processo, Programa, Resultado, exigir};

/// O prazo de cada tentativa, em milissegundos, quando a prova não depende dele.
const FOLGADO: &str = "20000";

/// O prazo de cada tentativa nas provas em que ele tem de vencer.
const CURTO: &str = "250";

/// O prazo de cada tentativa, em milissegundos, quando não há ninguém na porta.
const EM_VAO: &str = "600";

/// Três delas não levam menos que isto. Quem não espera acaba antes, mesmo em um
/// computador lento.
const TRES_EM_VAO: Duration = Duration::from_millis(1700);

/// Por quanto tempo os estranhos insistem.
const INSISTENCIA: Duration = Duration::from_secs(3);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    resposta_grande(programa)?;
    resposta_vazia(programa)?;
    um_estranho(programa)?;
    resposta_atrasada(programa)?;
    ninguem_responde(programa)?;
    estranhos_sem_parar(programa)?;
    ninguem_na_porta(programa)
}

fn perguntar(
    programa: &Programa,
    servidor: &Datagramas,
    prazo: &str,
    tentativas: &str,
) -> Resultado<Processo> {
    let endereco = servidor.endereco()?.to_string();
    programa.rodar(&[&endereco, prazo, tentativas, "quem vem lá?"])
}

/// Espera a pergunta e diz de onde ela veio.
fn pergunta(aluno: &mut Processo, servidor: &Datagramas, qual: &str) -> Resultado<SocketAddr> {
    let feito = format!("Esperei a pergunta ({qual}).");
    let Some((bytes, de)) = servidor.receber(PACIENCIA) else {
        let falha = Falha::nova("sem-repetir")
            .feito(feito)
            .esperado("Um datagrama com a pergunta.")
            .veio("Nenhum chegou.");
        return Err(culpa(aluno, falha, "sem-repetir"));
    };
    exigir(bytes == "quem vem lá?".as_bytes(), || {
        Falha::nova("fronteira")
            .feito(feito)
            .esperado("Um datagrama só com os bytes da pergunta.")
            .veio(format!("Veio {}.", crate::mostrar(&bytes)))
    })?;
    Ok(de)
}

fn resposta_grande(programa: &Programa) -> Resultado {
    let servidor = Datagramas::novo()?;
    let mut aluno = perguntar(programa, &servidor, FOLGADO, "3")?;
    let cliente = pergunta(&mut aluno, &servidor, "a primeira")?;
    let texto = "são 8000 letras ".repeat(500);
    servidor.enviar(texto.trim_end().as_bytes(), cliente)?;
    let feito = format!("Respondi com um datagrama de {} bytes.", texto.len() - 1);
    let esperada = format!("Resposta: {}", texto.trim_end());
    escreve(&mut aluno, &feito, &esperada, "resposta-cortada")?;
    acaba(&mut aluno, &feito, 0, "resposta-cortada").map(|_| ())
}

fn resposta_vazia(programa: &Programa) -> Resultado {
    let servidor = Datagramas::novo()?;
    let mut aluno = perguntar(programa, &servidor, FOLGADO, "3")?;
    let cliente = pergunta(&mut aluno, &servidor, "a primeira")?;
    servidor.enviar(b"", cliente)?;
    let feito = "Respondi com um datagrama vazio.";
    escreve(&mut aluno, feito, "Resposta:", "fronteira")?;
    acaba(&mut aluno, feito, 0, "fronteira").map(|_| ())
}

fn um_estranho(programa: &Programa) -> Resultado {
    let (servidor, estranho) = (Datagramas::novo()?, Datagramas::novo()?);
    let mut aluno = perguntar(programa, &servidor, FOLGADO, "3")?;
    let cliente = pergunta(&mut aluno, &servidor, "a primeira")?;
    estranho.enviar(b"eu, o impostor", cliente)?;
    servidor.enviar(b"eu, o servidor", cliente)?;
    let feito = "Mandei uma resposta de outro endereço, e depois a do servidor.";
    escreve(&mut aluno, feito, "Resposta: eu, o servidor", "estranho")?;
    acaba(&mut aluno, feito, 0, "estranho").map(|_| ())
}

/// As primeiras perguntas se perdem, e a resposta à primeira chega depois da terceira.
fn resposta_atrasada(programa: &Programa) -> Resultado {
    let servidor = Datagramas::novo()?;
    let mut aluno = perguntar(programa, &servidor, CURTO, "40")?;
    let cliente = pergunta(&mut aluno, &servidor, "a primeira")?;
    pergunta(
        &mut aluno,
        &servidor,
        "a segunda, porque não respondi à primeira",
    )?;
    pergunta(
        &mut aluno,
        &servidor,
        "a terceira, porque não respondi à segunda",
    )?;
    servidor.enviar(b"desculpe a demora", cliente)?;
    let feito = "Deixei duas perguntas sem resposta, e depois da terceira respondi à primeira.";
    escreve(&mut aluno, feito, "Resposta: desculpe a demora", "atrasada")?;
    acaba(&mut aluno, feito, 0, "atrasada").map(|_| ())
}

/// Sem resposta nenhuma, tantas perguntas quantas se pediram, e o código 1.
fn ninguem_responde(programa: &Programa) -> Resultado {
    let servidor = Datagramas::novo()?;
    let mut aluno = perguntar(programa, &servidor, CURTO, "3")?;
    let feito = "Pedi 3 tentativas e não respondi a nenhuma.";
    acaba(&mut aluno, feito, 1, "desiste-mal")?;
    let mut vieram = 0;
    while servidor.receber(Duration::from_millis(1)).is_some() {
        vieram += 1;
    }
    exigir(vieram == 3, || {
        Falha::nova("desiste-mal")
            .feito(feito)
            .esperado("Três perguntas.")
            .veio(format!("Vieram {vieram}."))
    })
}

/// O que não é do servidor não pode adiar o fim do prazo.
fn estranhos_sem_parar(programa: &Programa) -> Resultado {
    let feito =
        format!("Com um prazo de {CURTO} ms, mandei sem parar datagramas de outro endereço.");
    insistir(|| {
        let (servidor, estranho) = (Datagramas::novo()?, Datagramas::novo()?);
        let mut aluno = perguntar(programa, &servidor, CURTO, "40")?;
        let cliente = pergunta(&mut aluno, &servidor, "a primeira")?;
        let repetiu = gotejar(Duration::from_millis(250), INSISTENCIA, || {
            let mandou = estranho.enviar(b"oi, oi, oi", cliente).is_ok();
            mandou && servidor.receber(Duration::from_millis(15)).is_none()
        });
        exigir(repetiu != Some(false), || {
            Falha::nova("estranho")
                .feito(&feito)
                .esperado("Que a pergunta fosse repetida quando o prazo vencesse.")
                .veio("Não foi, em 3 s.")
        })?;
        servidor.enviar(b"pronto", cliente)?;
        let feito = "Respondi depois de muitos datagramas de outro endereço.";
        escreve(&mut aluno, feito, "Resposta: pronto", "estranho")?;
        acaba(&mut aluno, feito, 0, "estranho")?;
        Ok(repetiu.map(|_| ()))
    })
}

/// O aviso de que não há ninguém na porta não é uma resposta, nem acaba com a espera.
fn ninguem_na_porta(programa: &Programa) -> Resultado {
    let (vazia, _porta) = Datagramas::ninguem()?;
    let vazia = vazia.to_string();
    let comeco = Instant::now();
    let mut aluno = programa.rodar(&[&vazia, EM_VAO, "3", "quem vem lá?"])?;
    let feito = format!("Pedi 3 tentativas de {EM_VAO} ms em uma porta que ninguém usa.");
    acaba(&mut aluno, &feito, 1, "desiste-mal")?;
    // Em máquina nenhuma as três esperas cabem em menos.
    exigir(comeco.elapsed() >= TRES_EM_VAO, || {
        Falha::nova("desiste-cedo")
            .feito(&feito)
            .esperado("Que ele esperasse cada prazo até o fim: alguém pode abrir a porta.")
            .veio("Ele desistiu antes.")
    })
}
