//! O exercício `emissor`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::apoio::{gotejar, insistir};
use crate::{Datagramas, Estrada, Falha, Processo, Programa, Resultado, Sentido, exigir, mostrar};

/// O prazo que o programa recebe no roteiro.
const PRAZO: Duration = Duration::from_millis(150);

/// Quanto se espera por um datagrama que o programa deve mandar logo, ou repetir: vinte
/// vezes o prazo que ele recebe.
const ESPERA: Duration = Duration::from_secs(3);

/// O que se digita no roteiro.
const LINHAS: [&str; 6] = ["zero", "ação", "", "três", "quatro", "cinco"];

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    roteiro(programa)?;
    nada_gasta_tentativas(programa)?;
    desiste(programa)?;
    for semente in [11, 12, 13] {
        estrada_sorteada(programa, semente)?;
    }
    Ok(())
}

/// Uma maldade por mensagem. A prova nunca é mais rápida que o programa: se esta máquina
/// para e ele repete, a repetição é do mesmo número, e nada muda.
fn roteiro(programa: &Programa) -> Resultado {
    let prazo = PRAZO.as_millis().to_string();
    let mut prova = Prova::nova(programa, &prazo, "50", &LINHAS.join("\n"))?;
    prova.perdida(0)?;
    prova.velha(1)?;
    prova.de_um_estranho(2)?;
    prova.que_nao_e(3)?;
    prova.que_pinga(4)?;
    prova.em_dobro(5)?;
    prova.do_fim(6)
}

/// O que não serve não acaba com a espera: com um prazo tão longo, ninguém repete.
fn nada_gasta_tentativas(programa: &Programa) -> Resultado {
    const LONGE: Duration = Duration::from_secs(60);
    let feito = "Rodei o programa com 60000 ms de prazo e 3 tentativas, digitei uma linha, e respondi a DADO 0 com um CONFIRMA 0, que é velho, um datagrama vazio, um “C” sozinho, outro CONFIRMA 0 e, por fim, CONFIRMA 1.";
    let esperado = "FIM 1, sem outra cópia de DADO 0: o prazo não tinha passado.";
    // O programa ainda não mandou nada: o prazo dele não acaba antes deste.
    let ate = Instant::now() + LONGE;
    let mut prova = Prova::nova(programa, "60000", "3", "alguém?")?;
    let Some((_, dele)) = prova.receber(5 * ESPERA) else {
        return Err(prova.calou(feito, "DADO 0.", "nao-manda"));
    };
    prova.dele = Some(dele);
    for resposta in [&confirma(0)[..], b"", b"C", &confirma(0), &confirma(1)] {
        prova.responder(resposta)?;
    }
    loop {
        let Some((datagrama, _)) = prova.receber(5 * ESPERA) else {
            return Err(prova.calou(feito, esperado, "nao-manda"));
        };
        let falha = |nome: &str| {
            Falha::nova(nome)
                .feito(feito)
                .esperado(esperado)
                .veio(mostrar(&datagrama))
        };
        match abrir(&datagrama) {
            Some((b'F', 1, _)) => return Ok(()),
            Some((b'D', 0, _)) => exigir(Instant::now() >= ate, || falha("repete-na-hora"))?,
            _ => return Err(falha("formato")),
        }
    }
}

/// Sem resposta nenhuma, o programa desiste.
fn desiste(programa: &Programa) -> Resultado {
    let feito = "Rodei o programa com 60 ms de prazo e 3 tentativas, digitei uma linha e não respondi nada.";
    let mut prova = Prova::nova(programa, "60", "3", "alguém?")?;
    let ate = Instant::now() + ESPERA;
    let mut mandados = 0;
    loop {
        let roda = prova.aluno.roda();
        match prova.daqui.receber(Duration::from_millis(50)) {
            Some(_) => mandados += 1,
            None if !roda => break,
            None => {}
        }
        let falha = |veio: String| {
            Falha::nova("insiste")
                .feito(feito)
                .esperado("3 datagramas, e o fim do programa.")
                .veio(veio)
        };
        exigir(mandados <= 3, || falha("Veio o quarto datagrama.".into()))?;
        exigir(Instant::now() < ate, || {
            falha(format!(
                "Vieram {mandados} datagramas, e 3 s depois ele ainda rodava."
            ))
        })?;
    }
    let fim = prova.aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    exigir(mandados == 3, || {
        Falha::nova("desiste-cedo")
            .feito(feito)
            .esperado("3 datagramas antes de desistir.")
            .veio(format!("Vieram {mandados}."))
            .erros(fim.erros.clone())
    })?;
    exigir(fim.codigo == Some(1) && !fim.erros.is_empty(), || {
        Falha::nova("desistencia-calada")
            .feito(feito)
            .esperado("Uma frase na saída de erro e o código de saída 1.")
            .veio(format!("Ele acabou com {}.", fim.como()))
            .erros(fim.erros.clone())
    })
}

/// Quinze mensagens por uma estrada que perde, repete e atrasa nos dois sentidos.
fn estrada_sorteada(programa: &Programa, semente: u64) -> Resultado {
    let linhas: Vec<String> = (0..15).map(|n| format!("mensagem {n}")).collect();
    let vinda = Sentido::sorteado(semente);
    let ida = Sentido::sorteado(semente + 1000);
    let mut estrada = Estrada::nova(vinda, ida)?;
    let endereco = estrada.endereco()?.to_string();
    let mut aluno = programa.rodar(&[&endereco, "40", "100"])?;
    aluno.digitar((linhas.join("\n") + "\n").as_bytes());
    aluno.fechar_entrada();

    let feito = format!(
        "Digitei 15 linhas, e recebi por uma estrada que perde, repete e atrasa nos dois sentidos (semente {semente})."
    );
    let mut recebidas = Vec::new();
    let mut esperado: u32 = 0;
    let ate = Instant::now() + 5 * ESPERA;
    while aluno.roda() && Instant::now() < ate {
        let Some((datagrama, de)) = estrada.receber(Duration::from_millis(20)) else {
            continue;
        };
        if let Some((tipo, numero, texto)) = abrir(&datagrama)
            && numero == esperado
        {
            esperado += 1;
            if tipo == b'D' {
                recebidas.push(String::from_utf8_lossy(texto).into_owned());
            }
        }
        estrada.enviar(&confirma(esperado), de)?;
    }
    let fim = aluno.fim().map_err(|falha| falha.depois_de(&feito))?;
    exigir(recebidas == linhas && esperado == 16, || {
        Falha::nova("sem-repeticao")
            .feito(&feito)
            .esperado("As 15 linhas, na ordem, e o FIM.")
            .veio(format!(
                "Chegaram {} linhas. {}",
                recebidas.len(),
                estrada.conta()
            ))
            .erros(fim.erros.clone())
    })?;
    exigir(fim.codigo == Some(0), || {
        Falha::nova("fim-errado")
            .feito(&feito)
            .esperado("O código de saída 0: tudo foi confirmado.")
            .veio(format!(
                "Ele acabou com {}. {}",
                fim.como(),
                estrada.conta()
            ))
            .erros(fim.erros.clone())
    })
}

fn confirma(numero: u32) -> Vec<u8> {
    [b"C", &numero.to_be_bytes()[..]].concat()
}

/// O tipo, o número e o texto de um datagrama do emissor.
fn abrir(datagrama: &[u8]) -> Option<(u8, u32, &[u8])> {
    let (tipo, resto) = datagrama.split_first()?;
    let (numero, texto) = resto.split_first_chunk()?;
    let serve = *tipo == b'D' || *tipo == b'F' && texto.is_empty();
    serve.then_some((*tipo, u32::from_be_bytes(*numero), texto))
}

/// Um emissor, e quem o ouve.
struct Prova {
    aluno: Processo,
    daqui: Datagramas,
    estranho: Datagramas,
    /// De onde o programa manda.
    dele: Option<SocketAddr>,
    /// O que já tinha chegado quando se olhou, por ler.
    chegados: VecDeque<(Vec<u8>, SocketAddr)>,
}

impl Prova {
    fn nova(programa: &Programa, prazo: &str, tentativas: &str, digitado: &str) -> Resultado<Self> {
        let daqui = Datagramas::novo()?;
        let endereco = daqui.endereco()?.to_string();
        let mut aluno = programa.rodar(&[&endereco, prazo, tentativas])?;
        aluno.digitar((digitado.to_string() + "\n").as_bytes());
        aluno.fechar_entrada();
        Ok(Self {
            aluno,
            daqui,
            estranho: Datagramas::novo()?,
            dele: None,
            chegados: VecDeque::new(),
        })
    }

    /// Um datagrama não se responde: tem de vir outra vez, igual.
    fn perdida(&mut self, numero: u32) -> Resultado {
        self.mandou(numero, "Digitei as linhas.", "nao-manda")?;
        let feito = format!("Fiz de conta que o DADO {numero} se perdeu.");
        self.mandou(numero, &feito, "sem-repeticao")?;
        self.confirmar(numero + 1)
    }

    /// A resposta é uma confirmação velha, do que já estava confirmado.
    fn velha(&mut self, numero: u32) -> Resultado {
        self.mandou(numero, "Confirmei o anterior.", "nao-manda")?;
        self.confirmar(numero)?;
        let feito = format!("Respondi a DADO {numero} com um CONFIRMA {numero}, que é velho.");
        self.continua(numero, &feito, "aceita-velha")?;
        self.confirmar(numero + 1)
    }

    /// A confirmação certa, de outro socket.
    fn de_um_estranho(&mut self, numero: u32) -> Resultado {
        self.mandou(numero, "Confirmei o anterior.", "nao-manda")?;
        if let Some(dele) = self.dele {
            self.estranho.enviar(&confirma(numero + 1), dele)?;
        }
        let feito = format!(
            "Respondi a DADO {numero} com um CONFIRMA {}, mas de um socket com que ele não fala.",
            numero + 1
        );
        self.continua(numero, &feito, "estranho")?;
        self.confirmar(numero + 1)
    }

    /// Respostas que não são um CONFIRMA inteiro.
    fn que_nao_e(&mut self, numero: u32) -> Resultado {
        self.mandou(numero, "Confirmei o anterior.", "nao-manda")?;
        let mut outro_tipo = confirma(numero + 1);
        outro_tipo[0] = b'X';
        for lixo in [&b""[..], b"C", b"C\0\0\0", &outro_tipo] {
            self.responder(lixo)?;
        }
        let feito = format!(
            "Respondi a DADO {numero} com um datagrama vazio, um “C” sozinho, um “C” com só 3 bytes de número e um “X” com o número certo."
        );
        self.continua(numero, &feito, "lixo")?;
        self.confirmar(numero + 1)
    }

    /// Confirmações velhas, sem parar, não adiam a repetição.
    fn que_pinga(&mut self, numero: u32) -> Resultado {
        self.mandou(numero, "Confirmei o anterior.", "nao-manda")?;
        insistir(|| {
            self.esvaziar();
            self.chegados.clear();
            // A primeira cópia podia já estar a caminho.
            let mut copias = 0;
            let repetiu = gotejar(PRAZO, ESPERA, || {
                let mandou = self.confirmar(numero).is_ok();
                let veio = self.receber(Duration::from_millis(30));
                copias += usize::from(veio.is_some_and(|(datagrama, _)| {
                    abrir(&datagrama).is_some_and(|(_, veio, _)| veio >= numero)
                }));
                mandou && copias < 2 && self.aluno.roda()
            });
            exigir(repetiu != Some(false) && self.aluno.roda(), || {
                Falha::nova("prazo-por-chamada")
                    .feito(format!(
                        "Com {} ms de prazo, respondi a DADO {numero} com um CONFIRMA {numero}, que é velho, a cada 30 ms.",
                        PRAZO.as_millis()
                    ))
                    .esperado(format!("Que ele repetisse DADO {numero} quando o prazo passasse."))
                    .veio("Ele não repetiu.")
            })?;
            Ok(repetiu.map(|_| ()))
        })?;
        self.confirmar(numero + 1)
    }

    /// Duas confirmações iguais: a segunda não é da mensagem seguinte.
    fn em_dobro(&mut self, numero: u32) -> Resultado {
        let feito = "Confirmei o anterior.";
        self.mandou(numero, feito, "nao-manda")?;
        self.confirmar(numero)?;
        self.confirmar(numero)?;
        let feito = format!("Confirmei o anterior a DADO {numero} mais duas vezes.");
        self.continua(numero, &feito, "aceita-velha")?;
        self.confirmar(numero + 1)
    }

    /// O FIM também se repete até ter resposta, e então o programa acaba bem.
    fn do_fim(&mut self, numero: u32) -> Resultado {
        self.mandou(numero, "Confirmei a última mensagem.", "fim-errado")?;
        let feito = format!("Fiz de conta que o FIM {numero} se perdeu.");
        self.mandou(numero, &feito, "fim-errado")?;
        self.confirmar(numero + 1)?;
        let feito = format!("Confirmei o FIM com CONFIRMA {}.", numero + 1);
        let fim = self.aluno.fim().map_err(|falha| falha.depois_de(&feito))?;
        let texto = String::from_utf8_lossy(&fim.saida);
        exigir(
            fim.codigo == Some(0) && texto.contains("Entregues 6 mensagens"),
            || {
                Falha::nova("fim-errado")
                    .feito(&feito)
                    .esperado("A linha “Entregues 6 mensagens.” e o código de saída 0.")
                    .veio(format!(
                        "Ele acabou com {}, e na saída {}.",
                        fim.como(),
                        mostrar(&fim.saida)
                    ))
                    .erros(fim.erros.clone())
            },
        )
    }

    fn responder(&self, bytes: &[u8]) -> Resultado {
        self.dele
            .map_or(Ok(()), |dele| self.daqui.enviar(bytes, dele))
    }

    fn confirmar(&self, numero: u32) -> Resultado {
        self.responder(&confirma(numero))
    }

    /// O próximo datagrama dele.
    fn receber(&mut self, prazo: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        self.chegados
            .pop_front()
            .or_else(|| self.daqui.receber(prazo))
    }

    /// Guarda em `chegados` tudo que já chegou.
    fn esvaziar(&mut self) {
        while let Some(chegado) = self.daqui.receber(Duration::ZERO) {
            self.chegados.push_back(chegado);
        }
    }

    /// Apesar do que se acaba de lhe mandar, o programa repete este datagrama. As cópias que
    /// já tinham chegado não contam, nem a primeira das outras, que podia estar a caminho:
    /// o que veio antes da maldade nada diz dela.
    fn continua(&mut self, numero: u32, feito: &str, engano: &str) -> Resultado {
        self.esvaziar();
        for _ in 0..self.chegados.len() + 2 {
            self.mandou(numero, feito, engano)?;
        }
        Ok(())
    }

    /// Espera o datagrama deste número. Uma repetição de um anterior tem a resposta que já
    /// teve. `engano` é o diagnóstico de quem manda outro, ou nenhum.
    fn mandou(&mut self, numero: u32, feito: &str, engano: &str) -> Resultado {
        let fim = usize::try_from(numero).unwrap_or(usize::MAX) == LINHAS.len();
        let esperado = if fim {
            format!("FIM {numero}: “F” e o número em 4 bytes.")
        } else {
            format!(
                "DADO {numero}: “D”, o número em 4 bytes, o mais significativo primeiro, e o texto."
            )
        };
        let ate = Instant::now() + 5 * ESPERA;
        loop {
            let Some((datagrama, de)) = self.receber(ESPERA) else {
                return Err(self.calou(feito, &esperado, engano));
            };
            self.dele = Some(de);
            let falha = |nome: &str| {
                Falha::nova(nome)
                    .feito(feito)
                    .esperado(&esperado)
                    .veio(mostrar(&datagrama))
            };
            let (tipo, veio, texto) = abrir(&datagrama).ok_or_else(|| falha("formato"))?;
            if veio < numero {
                // Quem não ouve a confirmação repete o mesmo para sempre.
                exigir(Instant::now() < ate, || falha(engano))?;
                self.confirmar(numero)?;
                continue;
            }
            exigir(veio == numero, || {
                falha(if veio == numero + 1 {
                    engano
                } else {
                    "formato"
                })
            })?;
            let certo = match LINHAS.get(usize::try_from(numero).unwrap_or(usize::MAX)) {
                Some(linha) => tipo == b'D' && texto == linha.as_bytes(),
                None => tipo == b'F',
            };
            return exigir(certo, || falha("formato"));
        }
    }

    fn calou(&mut self, feito: &str, esperado: &str, engano: &str) -> Falha {
        let falha = Falha::nova(engano).feito(feito).esperado(esperado);
        if self.aluno.roda() {
            return falha.veio("Não veio nada.");
        }
        match self.aluno.fim() {
            Ok(fim) => falha
                .veio(format!("O programa acabou com {}.", fim.como()))
                .erros(fim.erros),
            Err(outra) => outra.depois_de(feito),
        }
    }
}
