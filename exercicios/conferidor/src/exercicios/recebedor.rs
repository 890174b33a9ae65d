//! O exercício `recebedor`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::{
    Datagramas, Falha, PACIENCIA, Processo, Programa, Resultado, Sentido, exigir, mostrar,
};

/// O prazo de silêncio, em milissegundos, de quem não deve chegar a ele.
const LONGE: &str = "30000";

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    na_ordem(programa)?;
    copias_e_saltos(programa)?;
    nao_e_do_protocolo(programa)?;
    um_estranho(programa)?;
    lixo_de_um_terceiro(programa)?;
    for semente in [1, 2, 3] {
        estrada_sorteada(programa, semente)?;
    }
    o_fim_repetido(programa)?;
    silencio_antes_do_fim(programa)
}

/// Três mensagens, cada uma confirmada.
fn na_ordem(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, LONGE)?;
    for (numero, texto) in (0..).zip(["oi", "a ação", ""]) {
        let feito = format!("Mandei DADO {numero}, com o texto “{texto}”.");
        prova.dado(numero, texto)?;
        let veio = prova.confirmacao(&feito, "sem-confirmacao")?;
        exigir(veio == Some(numero + 1), || {
            Falha::nova("confirma-errado")
                .feito(&feito)
                .esperado(format!(
                    "CONFIRMA {}: o próximo número que ele espera, em 4 bytes, o mais significativo primeiro.",
                    numero + 1
                ))
                .veio(prova.ultima())
        })?;
        prova.linha(&feito, texto)?;
    }
    Ok(())
}

/// Cópias imediatas, cópias velhas e um número que salta.
fn copias_e_saltos(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, LONGE)?;
    let mut mandados = Vec::new();
    let mut erradas = Vec::new();
    for (numero, texto, certa) in [
        (0, "zero", 1),
        (0, "zero", 1),
        (1, "um", 2),
        (0, "zero", 2),
        (3, "três", 2),
        (2, "dois", 3),
        (2, "dois", 3),
        (3, "três", 4),
    ] {
        mandados.push(format!("DADO {numero}"));
        let feito = format!("Mandei {}, nesta ordem.", mandados.join(", "));
        prova.dado(numero, texto)?;
        let veio = prova.confirmacao(&feito, "copia-sem-resposta")?;
        if veio != Some(certa) {
            erradas.push((feito, certa, prova.ultima()));
        }
    }
    mandados.push("DADO 4".to_string());
    prova.dado(4, "quatro")?;
    let feito = format!("Mandei {}, nesta ordem.", mandados.join(", "));
    for texto in ["zero", "um", "dois", "três", "quatro"] {
        prova.linha(&feito, texto)?;
    }
    // As linhas estão certas: agora, as respostas.
    match erradas.into_iter().next() {
        None => Ok(()),
        Some((feito, certa, veio)) => Err(Falha::nova("confirma-errado")
            .feito(feito)
            .esperado(format!(
                "Depois do último, CONFIRMA {certa}: falta o {certa}, e tudo antes dele já veio."
            ))
            .veio(veio)),
    }
}

/// O que não tem tipo, número ou sentido não é de ninguém.
fn nao_e_do_protocolo(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, LONGE)?;
    let feito = "Mandei um datagrama vazio, um “D” sozinho, um “D” com só 3 bytes do número, um “X” com o número 0, um CONFIRMA e um FIM 1 com um byte a mais; depois, DADO 0 e DADO 1.";
    for lixo in [
        &b""[..],
        b"D",
        b"D\0\0\0",
        b"X\0\0\0\0lixo",
        b"C\0\0\0\0",
        b"F\0\0\0\x01!",
    ] {
        prova.cru(lixo)?;
    }
    for (numero, texto) in [(0, "zero"), (1, "um")] {
        prova.dado(numero, texto)?;
        let veio = prova.confirmacao(feito, "lixo")?;
        exigir(veio == Some(numero + 1), || {
            Falha::nova("lixo")
                .feito(feito)
                .esperado(format!(
                    "Só a resposta a DADO {numero}: CONFIRMA {}.",
                    numero + 1
                ))
                .veio(prova.ultima())
        })?;
        prova.linha(feito, texto)?;
    }
    Ok(())
}

/// Um terceiro que acerta o número não entra na conversa.
fn um_estranho(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, LONGE)?;
    let estranho = Datagramas::novo()?;
    let feito =
        "Mandei DADO 0; de outro socket, um DADO 1 com o texto “intruso”; e, do primeiro, DADO 1.";
    prova.dado(0, "zero")?;
    prova.confirmacao(feito, "sem-confirmacao")?;
    estranho.enviar(b"D\0\0\0\x01intruso", prova.destino)?;
    prova.dado(1, "um")?;
    prova.confirmacao(feito, "estranho")?;
    for texto in ["zero", "um"] {
        let falha = prova.linha(feito, texto);
        falha.map_err(|falha| falha.quando("texto-errado", "estranho"))?;
    }
    Ok(())
}

/// A conversa é de quem mandou o primeiro DADO, e não de quem chegou primeiro.
fn lixo_de_um_terceiro(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, LONGE)?;
    let terceiro = Datagramas::novo()?;
    let feito = "De um socket, mandei um datagrama vazio, um “D” com só 3 bytes do número e um CONFIRMA; depois, de outro, DADO 0.";
    for lixo in [&b""[..], b"D\0\0\0", b"C\0\0\0\0"] {
        terceiro.enviar(lixo, prova.destino)?;
    }
    prova.dado(0, "zero")?;
    let veio = prova.confirmacao(feito, "lixo")?;
    exigir(veio == Some(1), || {
        Falha::nova("lixo")
            .feito(feito)
            .esperado("CONFIRMA 1, a quem mandou DADO 0.")
            .veio(prova.ultima())
    })
}

/// Quinze mensagens, cada uma repetida até que a confirmação dela passe pela estrada.
///
/// Cada datagrama que chega ao programa tem uma resposta, e por isso nada aqui espera por
/// um prazo: o que se perdeu, a estrada diz.
fn estrada_sorteada(programa: &Programa, semente: u64) -> Resultado {
    let mut prova = Prova::nova(programa, LONGE)?;
    let mut ida = Sentido::sorteado(semente);
    let mut volta = Sentido::sorteado(semente + 1000);
    let feito = format!(
        "Mandei 15 mensagens, uma de cada vez, repetindo cada uma até a confirmação, por uma estrada que perde, repete e atrasa nos dois sentidos (semente {semente})."
    );
    for numero in 0..15_u32 {
        let mut confirmada = false;
        let ate = Instant::now() + PACIENCIA;
        while !confirmada {
            exigir(Instant::now() < ate, || {
                Falha::nova("confirma-errado")
                    .feito(&feito)
                    .esperado(format!("CONFIRMA {}.", numero + 1))
                    .veio(prova.ultima())
            })?;
            for datagrama in ida.levar(&dado(numero, &format!("mensagem {numero}"))) {
                prova.cru(&datagrama)?;
                let Some(veio) = prova.confirmacao(&feito, "copia-sem-resposta")? else {
                    return Err(Falha::nova("confirma-errado")
                        .feito(&feito)
                        .esperado("Um CONFIRMA como resposta a cada DADO.")
                        .veio(prova.ultima()));
                };
                confirmada |= volta
                    .levar(&veio.to_be_bytes())
                    .contains(&(numero + 1).to_be_bytes().to_vec());
            }
        }
    }
    for numero in 0..15 {
        prova.linha(&feito, &format!("mensagem {numero}"))?;
    }
    Ok(())
}

/// A confirmação do FIM também se perde: quem o repete tem de ser ouvido.
fn o_fim_repetido(programa: &Programa) -> Resultado {
    const SILENCIO: Duration = Duration::from_millis(600);
    let feito = "Mandei DADO 0 e FIM 1, fiz de conta que a confirmação do FIM se perdeu, e mandei FIM 1 outra vez.";
    // Se esta máquina parou entre um envio e outro, a culpa não é do programa: de novo.
    for ultima in [false, false, false, true] {
        let inicio = Instant::now();
        let mut prova = Prova::nova(programa, "600")?;
        let mut parou = false;
        let mut trocar = |datagrama: &[u8], calado: &str| {
            prova.cru(datagrama)?;
            parou |= inicio.elapsed() > SILENCIO / 2;
            prova.confirmacao(feito, calado)
        };
        let vieram = trocar(&dado(0, "zero"), "sem-confirmacao")
            .and_then(|_| trocar(b"F\0\0\0\x01", "sem-confirmacao"))
            .and_then(|primeira| Ok((primeira, trocar(b"F\0\0\0\x01", "sai-no-fim")?)));
        if parou && !ultima {
            continue;
        }
        let (primeira, segunda) = vieram?;
        exigir((primeira, segunda) == (Some(2), Some(2)), || {
            Falha::nova("confirma-errado")
                .feito(feito)
                .esperado("CONFIRMA 2, as duas vezes: o FIM também tem número.")
                .veio(prova.ultima())
        })?;
        let fim = prova.aluno.fim().map_err(|falha| falha.depois_de(feito))?;
        return exigir(fim.codigo == Some(0), || {
            Falha::nova("codigo-errado")
                .feito(feito)
                .esperado("Que ele acabasse, com código 0, depois de 600 ms sem nada chegar.")
                .veio(format!("Ele acabou com {}.", fim.como()))
                .erros(fim.erros.clone())
        });
    }
    Ok(())
}

/// Quem manda calou no meio: uma frase e o código 1.
fn silencio_antes_do_fim(programa: &Programa) -> Resultado {
    let mut prova = Prova::nova(programa, "200")?;
    let feito = "Dei 200 ms de prazo, mandei DADO 0 e mais nada.";
    prova.dado(0, "zero")?;
    let fim = prova.aluno.fim().map_err(|falha| {
        falha
            .depois_de(feito)
            .quando("nao-termina", "espera-sem-fim")
    })?;
    exigir(fim.codigo == Some(1) && !fim.erros.is_empty(), || {
        Falha::nova("codigo-errado")
            .feito(feito)
            .esperado("Uma frase na saída de erro e o código 1: o FIM não veio.")
            .veio(format!("Ele acabou com {}.", fim.como()))
            .erros(fim.erros.clone())
    })
}

fn dado(numero: u32, texto: &str) -> Vec<u8> {
    [b"D", &numero.to_be_bytes()[..], texto.as_bytes()].concat()
}

/// Um recebedor, e quem manda a ele.
struct Prova {
    aluno: Processo,
    destino: SocketAddr,
    daqui: Datagramas,
    /// A última resposta que veio dele.
    resposta: Vec<u8>,
    /// As mensagens que já devem ter sido escritas.
    escritas: Vec<String>,
}

impl Prova {
    fn nova(programa: &Programa, prazo: &str) -> Resultado<Self> {
        let mut aluno = programa.rodar(&["127.0.0.1:0", prazo])?;
        let destino = aluno.endereco().map_err(|falha| {
            falha.depois_de(format!("Rodei o programa com 127.0.0.1:0 {prazo}."))
        })?;
        Ok(Self {
            aluno,
            destino,
            daqui: Datagramas::novo()?,
            resposta: Vec::new(),
            escritas: Vec::new(),
        })
    }

    fn cru(&self, datagrama: &[u8]) -> Resultado {
        self.daqui.enviar(datagrama, self.destino)
    }

    fn dado(&self, numero: u32, texto: &str) -> Resultado {
        self.cru(&dado(numero, texto))
    }

    /// Espera a resposta a um datagrama. `None` se ela não é um CONFIRMA; e uma falha com o
    /// diagnóstico `calado` se não vem nenhuma.
    fn confirmacao(&mut self, feito: &str, calado: &str) -> Resultado<Option<u32>> {
        let Some((resposta, _)) = self.daqui.receber(PACIENCIA) else {
            if !self.aluno.roda() {
                // Um pânico tem nome próprio; de outro fim, diz-se o que se esperava.
                let fim = self.aluno.fim().map_err(|falha| falha.depois_de(feito))?;
                return Err(Falha::nova(calado)
                    .feito(feito)
                    .esperado("Que ele continuasse a responder.")
                    .veio(format!("Ele acabou com {}.", fim.como()))
                    .erros(fim.erros));
            }
            return Err(Falha::nova(calado)
                .feito(feito)
                .esperado("Um CONFIRMA como resposta ao último datagrama.")
                .veio("Não veio resposta."));
        };
        self.resposta = resposta;
        let numero = match self.resposta.as_slice() {
            [b'C', a, b, c, d] => Some(u32::from_be_bytes([*a, *b, *c, *d])),
            _ => None,
        };
        Ok(numero)
    }

    /// A última resposta, por extenso.
    fn ultima(&self) -> String {
        match self.resposta.as_slice() {
            [b'C', a, b, c, d] => {
                let numero = u32::from_be_bytes([*a, *b, *c, *d]);
                format!("CONFIRMA {numero}.")
            }
            outra => format!("Um datagrama que não é um CONFIRMA: {}.", mostrar(outra)),
        }
    }

    /// A próxima linha escrita é esta mensagem.
    fn linha(&mut self, feito: &str, texto: &str) -> Resultado {
        let veio = self.aluno.linha().map_err(|falha| falha.depois_de(feito))?;
        exigir(veio == texto, || {
            let nome = if self.escritas.contains(&veio) {
                "copia-entregue"
            } else {
                "texto-errado"
            };
            Falha::nova(nome)
                .feito(feito)
                .esperado(format!(
                    "Que a linha {} fosse {}.",
                    self.escritas.len() + 1,
                    mostrar(texto.as_bytes())
                ))
                .veio(mostrar(veio.as_bytes()))
        })?;
        self.escritas.push(veio);
        Ok(())
    }
}
