//! O exercício `cliente_chat`.

use std::time::{Duration, Instant};

use super::apoio::culpa;
use crate::{
    Escuta, Falha, PACIENCIA, Par, Processo, Programa, Resultado, Termino, espera, exigir, mostrar,
};

const OLA: u8 = 1;
const ACEITO: u8 = 2;
const RECUSA: u8 = 3;
const ITEM: u8 = 4;
const CONFIRMA: u8 = 5;
const PING: u8 = 6;
const PONG: u8 = 7;
const TCHAU: u8 = 8;
const ATE_LOGO: u8 = 9;

/// A sessão de quem é o árbitro contra qualquer programa, e a de quem nunca é.
const MAIOR: u64 = u64::MAX;
const MENOR: u64 = 1;

/// Quanto se fica à escuta do que não deve vir.
const PAUSA: Duration = Duration::from_millis(600);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    cumprimento(programa)?;
    conversa_inteira(programa)?;
    arbitro_e_despedida_do_outro(programa)?;
    despedida_do_outro_antes_da_confirmacao(programa)?;
    fins_que_nao_sao_bons(programa)?;
    violacoes(programa)?;
    violacoes_no_cumprimento(programa)?;
    violacoes_na_despedida(programa)
}

/// O OLÁ sai sem esperar o do outro, e a sessão é outra a cada vez.
fn cumprimento(programa: &Programa) -> Resultado {
    let mut sessoes = Vec::new();
    for nome in ["Ana", "João"] {
        let feito = format!("Aceitei a conexão de {nome}, e não disse nada.");
        let mut outro = Outro::novo(programa, nome)?;
        let corpo = outro.ler(&feito, "O OLÁ", "sem-ola")?;
        let certo = corpo.len() == 35 + nome.len()
            && corpo.starts_with(&[OLA, 1, 1])
            && corpo[3..11] != [0; 8]
            && corpo[11..35] == [0; 24]
            && corpo.ends_with(nome.as_bytes());
        exigir(certo, || {
            Falha::nova("ola-errado")
                .feito(&feito)
                .esperado(format!(
                    "Um OLÁ de {} bytes: tipo 1, versão 1, modo 1, uma sessão que não é 0, conhecida, recebidos e proximo em 0, e o nome {nome}.",
                    35 + nome.len()
                ))
                .veio(mostrar(&corpo))
        })?;
        sessoes.push(corpo[3..11].to_vec());
    }
    exigir(sessoes[0] != sessoes[1], || {
        Falha::nova("ola-errado")
            .feito("Rodei o programa duas vezes.")
            .esperado("Uma sessão sorteada a cada vez.")
            .veio("As duas foram iguais.")
    })
}

/// Uma conversa em que o árbitro é o outro lado, e quem se despede é o programa.
fn conversa_inteira(programa: &Programa) -> Resultado {
    let mut outro = Outro::novo(programa, "Ana")?;
    outro.aluno.digitar("olá\n\nação\n".as_bytes());
    outro.ler("Aceitei a conexão.", "O OLÁ", "sem-ola")?;
    outro.pingar(&ola(MAIOR))?;
    let feito = "Digitei três linhas; mandei, um byte por vez, um OLÁ de sessão maior, e ainda não o ACEITO.";
    outro.cala(
        feito,
        "Que ele esperasse: quem tem a sessão maior é quem aceita.",
        "antes-do-aceito",
        "conexao-caiu",
    )?;
    outro.mandar(&[&[ACEITO]])?;
    outro.linha("Mandei o ACEITO.", "Conversando com Bia.", "sem-conversa")?;
    itens_do_programa(&mut outro)?;
    itens_para_o_programa(&mut outro)?;
    despedida_do_programa(&mut outro)
}

fn itens_do_programa(outro: &mut Outro) -> Resultado {
    let feito = "Digitei “olá”, uma linha vazia e “ação”, e mandei o ACEITO.";
    for (numero, texto) in (0..).zip(["olá", "", "ação"]) {
        let certo = item(numero, texto);
        let corpo = outro.ler(feito, &format!("O ITEM {numero}"), "item-errado")?;
        exigir(corpo == certo, || {
            Falha::nova("item-errado")
                .feito(feito)
                .esperado(format!(
                    "O ITEM {numero}, de espécie 0, com o texto {}.",
                    mostrar(texto.as_bytes())
                ))
                .veio(mostrar(&corpo))
        })?;
    }
    Ok(())
}

fn itens_para_o_programa(outro: &mut Outro) -> Resultado {
    let feito = "Mandei colados, em uma escrita só, um PING de marca 77 e os ITEM 0 e 1.";
    outro.mandar(&[&numeros(PING, &[77]), &item(0, "oi"), &item(1, "a ção")])?;
    outro.respostas(feito, 77, 2)?;
    outro.linha(feito, "Bia: oi", "nao-mostra")?;
    outro.linha(feito, "Bia: a ção", "nao-mostra")?;

    let feito =
        "Mandei de novo o ITEM 0, e um PING de marca 78; depois, um byte por vez, o ITEM 2.";
    outro.mandar(&[&item(0, "oi"), &numeros(PING, &[78])])?;
    outro.respostas(feito, 78, 2)?;
    outro.pingar(&item(2, "três"))?;
    outro.linha(feito, "Bia: três", "repetido-mostrado")?;

    let feito = "Mandei um ITEM com um ESC e uma sequência que apaga a tela no texto.";
    outro.mandar(&[&item(3, "\u{1b}[2Jx")])?;
    let linha = outro.aluno.linha();
    let linha = linha.map_err(|falha| falha.depois_de(feito))?;
    exigir(!linha.chars().any(char::is_control), || {
        Falha::nova("manda-no-terminal")
            .feito(feito)
            .esperado("Uma linha em que nada mande no terminal.")
            .veio(mostrar(linha.as_bytes()))
    })
}

fn despedida_do_programa(outro: &mut Outro) -> Resultado {
    let feito = "Fechei a entrada dele, sem ter confirmado nenhum dos três itens, e mandei um PING de marca 79.";
    outro.aluno.fechar_entrada();
    outro.se_fecha = Some("sai-sem-tchau");
    outro.mandar(&[&numeros(PING, &[79])])?;
    outro.respostas(feito, 79, 4)?;
    outro.cala(
        feito,
        "Que ele esperasse a confirmação do que mandou.",
        "tchau-cedo",
        "tchau-cedo",
    )?;
    let feito = "Fechei a entrada dele e confirmei os três itens.";
    outro.mandar(&[&numeros(CONFIRMA, &[3])])?;
    let corpo = outro.ler(feito, "O TCHAU", "tchau-errado")?;
    exigir(corpo == numeros(TCHAU, &[3]), || {
        Falha::nova("tchau-errado")
            .feito(feito)
            .esperado("TCHAU, com enviados 3.")
            .veio(mostrar(&corpo))
    })?;
    outro.se_fecha = Some("tchau-errado");
    let feito = "Depois do TCHAU dele mandei mais um item, o 4, e o ATÉ LOGO.";
    outro.mandar(&[&item(4, "até"), &numeros(ATE_LOGO, &[3])])?;
    outro.linha(feito, "Bia: até", "tchau-errado")?;
    outro.acabou(feito, 0, "tchau-errado")
}

/// O programa é o árbitro; o outro se despede primeiro, com o teclado dele aberto.
fn arbitro_e_despedida_do_outro(programa: &Programa) -> Resultado {
    let mut outro = Outro::novo(programa, "Ana")?;
    let feito = "Mandei um OLÁ de sessão menor que a dele.";
    outro.ler("Aceitei a conexão.", "O OLÁ", "sem-ola")?;
    outro.mandar(&[&ola(MENOR)])?;
    let corpo = outro.ler(feito, "O ACEITO", "sem-aceito")?;
    exigir(corpo == [ACEITO], || {
        Falha::nova("sem-aceito")
            .feito(feito)
            .esperado("Um ACEITO: o árbitro é ele.")
            .veio(mostrar(&corpo))
    })?;
    outro.linha(feito, "Conversando com Bia.", "sem-conversa")?;

    let feito = "Mandei o ITEM 0 e um TCHAU, com a entrada dele aberta.";
    outro.mandar(&[&item(0, "oi"), &numeros(TCHAU, &[1])])?;
    outro.linha(feito, "Bia: oi", "nao-mostra")?;
    let ate = Instant::now() + 2 * PACIENCIA;
    loop {
        let corpo = outro.ler(feito, "CONFIRMA 1 e ATÉ LOGO", "tchau-sem-resposta")?;
        if corpo == numeros(CONFIRMA, &[1]) && Instant::now() < ate {
            continue;
        }
        exigir(corpo == numeros(ATE_LOGO, &[1]), || {
            Falha::nova("tchau-sem-resposta")
                .feito(feito)
                .esperado("CONFIRMA 1 e ATÉ LOGO, com recebidos 1.")
                .veio(mostrar(&corpo))
        })?;
        break;
    }
    outro.linha(feito, "Bia saiu.", "tchau-sem-resposta")?;
    let feito = "Mandei um TCHAU, recebi o ATÉ LOGO e fechei a conexão, com a entrada dele aberta.";
    outro.par.fechar_escrita();
    match outro.aluno.linha() {
        Err(falha) if falha.diagnostico == "acabou-cedo" => {}
        Err(falha) if falha.diagnostico == "panico" => return Err(falha.depois_de(feito)),
        _ => {
            return Err(Falha::nova("espera-o-teclado")
                .feito(feito)
                .esperado("Que ele acabasse, sem esperar que a pessoa teclasse algo.")
                .veio("Ele continuou rodando."));
        }
    }
    outro.acabou(feito, 0, "tchau-sem-resposta")
}

/// O outro se despede sem ter confirmado o item que o programa mandou.
fn despedida_do_outro_antes_da_confirmacao(programa: &Programa) -> Resultado {
    let mut outro = Outro::com_item(programa)?;
    outro.se_fecha = Some("tchau-sem-resposta");
    let feito = "Li o ITEM 0 dele e, sem o confirmar, mandei um TCHAU e um PING de marca 80.";
    outro.mandar(&[&numeros(TCHAU, &[0]), &numeros(PING, &[80])])?;
    let esperado = "Um PONG de marca 80, e nada do ATÉ LOGO antes da confirmação";
    let corpo = outro.ler(feito, esperado, "sem-pong")?;
    let certo = corpo.len() == 17 && corpo.starts_with(&numeros(PONG, &[80]));
    exigir(certo, || {
        let engano = match corpo.first() {
            Some(&ATE_LOGO) => "tchau-cedo",
            _ => "tchau-sem-resposta",
        };
        Falha::nova(engano)
            .feito(feito)
            .esperado(format!("{esperado}."))
            .veio(mostrar(&corpo))
    })?;
    let feito = "Mandei um TCHAU, e depois confirmei o item dele.";
    outro.mandar(&[&numeros(CONFIRMA, &[1])])?;
    let corpo = outro.ler(feito, "O ATÉ LOGO", "tchau-sem-resposta")?;
    exigir(corpo == numeros(ATE_LOGO, &[0]), || {
        Falha::nova("tchau-sem-resposta")
            .feito(feito)
            .esperado("ATÉ LOGO, com recebidos 0.")
            .veio(mostrar(&corpo))
    })?;
    outro.linha(feito, "Bia saiu.", "tchau-sem-resposta")
}

/// Uma conversa que cai, e uma que não começa.
fn fins_que_nao_sao_bons(programa: &Programa) -> Resultado {
    let mut outro = Outro::de_pe(programa)?;
    outro.par.fechar_escrita();
    let feito = "Fechei a conexão no meio da conversa, sem TCHAU.";
    outro.acabou(feito, 1, "queda-calada")?;

    let mut outro = Outro::novo(programa, "Ana")?;
    outro.ler("Aceitei a conexão.", "O OLÁ", "sem-ola")?;
    outro.mandar(&[&[&[RECUSA, 3][..], "há outra conversa".as_bytes()].concat()])?;
    outro.par.fechar_escrita();
    let feito = "No lugar do OLÁ, mandei RECUSA, motivo ocupado, e fechei.";
    outro.acabou(feito, 1, "queda-calada")
}

/// O que o protocolo chama de violação acaba com a conversa.
fn violacoes(programa: &Programa) -> Resultado {
    let casos: [(&str, Vec<u8>); 7] = [
        ("o ITEM 1 sem ter mandado o 0", quadro(&item(1, "x"))),
        (
            "CONFIRMA 9, de itens que ele não mandou",
            quadro(&numeros(CONFIRMA, &[9])),
        ),
        (
            "um quadro que diz ter 18245 bytes",
            b"GET / HTTP/1.1\r\n".to_vec(),
        ),
        ("um PING de 7 bytes", quadro(&[PING, 0, 0, 0, 0, 0, 0])),
        ("um ITEM de 6 bytes", quadro(&[ITEM, 0, 0, 0, 0, 0])),
        (
            "ATÉ LOGO, sem que ele tivesse dito TCHAU",
            quadro(&numeros(ATE_LOGO, &[0])),
        ),
        (
            "TCHAU com enviados 5, sem ter mandado item nenhum",
            quadro(&numeros(TCHAU, &[5])),
        ),
    ];
    for (oque, bytes) in casos {
        let mut outro = Outro::de_pe(programa)?;
        outro.cru(&[&bytes])?;
        let feito = format!("No meio da conversa, mandei {oque}.");
        outro.desiste(&feito)?;
    }
    Ok(())
}

/// Nenhuma conversa começa sem um OLÁ que sirva.
fn violacoes_no_cumprimento(programa: &Programa) -> Resultado {
    let inteiro = ola(MAIOR);
    let (sem_nome, curto) = (&inteiro[..35], &inteiro[..5]);
    let mut de_outra_versao = inteiro.clone();
    de_outra_versao[1] = 9;
    let casos: [(&str, &[&[u8]]); 4] = [
        ("um OLÁ de 5 bytes", &[curto]),
        ("o ACEITO antes do OLÁ", &[&[ACEITO]]),
        (
            "um OLÁ de versão 9 e o ACEITO",
            &[&de_outra_versao, &[ACEITO]],
        ),
        ("um OLÁ sem nome e o ACEITO", &[sem_nome, &[ACEITO]]),
    ];
    for (oque, corpos) in casos {
        let mut outro = Outro::novo(programa, "Ana")?;
        outro.ler("Aceitei a conexão.", "O OLÁ", "sem-ola")?;
        outro.mandar(corpos)?;
        outro.desiste(&format!("No começo da conversa, mandei {oque}."))?;
    }
    Ok(())
}

/// Quem disse TCHAU não diz outro, nem manda mais itens.
fn violacoes_na_despedida(programa: &Programa) -> Resultado {
    let tchau = numeros(TCHAU, &[0]);
    for (oque, segundo) in [("outro TCHAU", tchau.clone()), ("o ITEM 0", item(0, "oi"))] {
        let mut outro = Outro::com_item(programa)?;
        outro.mandar(&[&tchau, &segundo])?;
        outro.desiste(&format!(
            "Sem confirmar o item dele, mandei um TCHAU com enviados 0 e, logo depois, {oque}."
        ))?;
    }
    Ok(())
}

/// O outro lado da conversa.
struct Outro {
    par: Par,
    aluno: Processo,
    /// O diagnóstico de quem vai embora agora, se não é o do que se esperava dele.
    se_fecha: Option<&'static str>,
}

impl Outro {
    fn novo(programa: &Programa, nome: &str) -> Resultado<Self> {
        let escuta = Escuta::nova()?;
        let aluno = programa.rodar(&[&escuta.endereco()?.to_string(), nome])?;
        let par = escuta.aceitar(PACIENCIA);
        let par = par.map_err(|falha| falha.depois_de("Escutei, e rodei o programa."))?;
        Ok(Self {
            par,
            aluno,
            se_fecha: None,
        })
    }

    /// Uma conversa que já começou, com o árbitro deste lado.
    fn de_pe(programa: &Programa) -> Resultado<Self> {
        let mut outro = Self::novo(programa, "Ana")?;
        outro.ler("Aceitei a conexão.", "O OLÁ", "sem-ola")?;
        outro.mandar(&[&ola(MAIOR), &[ACEITO]])?;
        let feito = "Mandei, colados, o OLÁ e o ACEITO.";
        outro.linha(feito, "Conversando com Bia.", "sem-conversa")?;
        Ok(outro)
    }

    /// Uma conversa que já começou, com um item do programa por confirmar.
    fn com_item(programa: &Programa) -> Resultado<Self> {
        let mut outro = Self::de_pe(programa)?;
        outro.aluno.digitar("olá\n".as_bytes());
        let feito = "Com a conversa começada, digitei “olá”.";
        let corpo = outro.ler(feito, "O ITEM 0", "item-errado")?;
        exigir(corpo == item(0, "olá"), || {
            Falha::nova("item-errado")
                .feito(feito)
                .esperado("O ITEM 0, de espécie 0, com o texto olá.")
                .veio(mostrar(&corpo))
        })?;
        Ok(outro)
    }

    /// Manda estes corpos, cada um no seu quadro, em uma escrita só.
    fn mandar(&mut self, corpos: &[&[u8]]) -> Resultado {
        let bytes: Vec<u8> = corpos.iter().flat_map(|corpo| quadro(corpo)).collect();
        self.cru(&[&bytes])
    }

    /// Manda este corpo no seu quadro, um byte por vez.
    fn pingar(&mut self, corpo: &[u8]) -> Resultado {
        let bytes = quadro(corpo);
        self.cru(&bytes.chunks(1).collect::<Vec<_>>())
    }

    /// Manda estes bytes, cada pedaço sozinho. Quem não está lá para os receber acabou.
    fn cru(&mut self, pedacos: &[&[u8]]) -> Resultado {
        self.par.pedacos(pedacos.iter().copied()).map_err(|falha| {
            let falha = falha.depois_de("Mandei o que vinha a seguir na conversa.");
            let engano = self.se_fecha.unwrap_or("acabou-cedo");
            culpa(
                &mut self.aluno,
                falha.quando("conexao-caiu", engano),
                engano,
            )
        })
    }

    /// Exige que o programa não mande nada por uma pausa, nem feche a conexão.
    fn cala(&mut self, feito: &str, esperado: &str, se_manda: &str, se_fecha: &str) -> Resultado {
        let ate = Instant::now() + PACIENCIA;
        let mut lido = self.par.exatamente(1, PAUSA);
        // Em uma máquina ocupada ele ainda pode não ter tido a vez de mandar.
        while lido.termino == Termino::Calou && ocupado(&self.aluno) && Instant::now() < ate {
            lido = self.par.exatamente(1, PAUSA);
        }
        let falha =
            |nome: &str, veio: &str| Falha::nova(nome).feito(feito).esperado(esperado).veio(veio);
        match lido.termino {
            Termino::Calou => Ok(()),
            Termino::Completo => Err(falha(se_manda, "Ele mandou mais um quadro.")),
            _ => {
                let se_fecha = self.se_fecha.unwrap_or(se_fecha);
                let falha = falha(se_fecha, "Ele fechou a conexão.");
                Err(culpa(&mut self.aluno, falha, se_fecha))
            }
        }
    }

    /// O próximo corpo que o programa manda, que deve ser `oque`; os PINGs dele não contam.
    /// `engano` é o diagnóstico de quem não manda.
    fn ler(&mut self, feito: &str, oque: &str, engano: &str) -> Resultado<Vec<u8>> {
        let ate = Instant::now() + 2 * PACIENCIA;
        loop {
            let mut lido = self.par.exatamente(2, PACIENCIA);
            if let [a, b] = lido.bytes[..] {
                let tamanho = usize::from(u16::from_be_bytes([a, b]));
                lido = self.par.exatamente(tamanho, PACIENCIA);
            }
            if lido.termino != Termino::Completo {
                let falha = |nome: &str, veio: &str| {
                    Falha::nova(nome)
                        .feito(feito)
                        .esperado(format!(
                            "{oque}. Um quadro é o tamanho em 2 bytes, o mais significativo primeiro, e o corpo."
                        ))
                        .veio(veio)
                };
                if lido.termino == Termino::Calou {
                    return Err(falha(engano, "Ele calou."));
                }
                let engano = self.se_fecha.unwrap_or(engano);
                let falha = falha(engano, "Ele fechou a conexão.");
                return Err(culpa(&mut self.aluno, falha, engano));
            }
            if lido.bytes.first() != Some(&PING) {
                return Ok(lido.bytes);
            }
            exigir(Instant::now() < ate, || {
                Falha::nova(engano)
                    .feito(feito)
                    .esperado(format!("{oque}."))
                    .veio("Só vieram PINGs.")
            })?;
        }
    }

    /// Espera o PONG desta marca e o CONFIRMA que chega a este número, na ordem que for.
    fn respostas(&mut self, feito: &str, marca: u64, recebidos: u64) -> Resultado {
        let (mut pong, mut confirma) = (false, false);
        let espera_pong = format!("Um PONG de marca {marca}");
        let espera_confirma = format!("CONFIRMA {recebidos}");
        let certo = numeros(CONFIRMA, &[recebidos]);
        let ate = Instant::now() + 2 * PACIENCIA;
        while !pong || !confirma {
            let (oque, engano) = if pong {
                (&espera_confirma, "sem-confirma")
            } else {
                (&espera_pong, "sem-pong")
            };
            let corpo = self.ler(feito, oque, engano)?;
            let falha = |nome: &str| {
                Falha::nova(nome)
                    .feito(feito)
                    .esperado(format!(
                        "Só um PONG de marca {marca} e CONFIRMA, até {recebidos}."
                    ))
                    .veio(mostrar(&corpo))
            };
            exigir(Instant::now() < ate, || falha(engano))?;
            match corpo.first() {
                Some(&PONG) => {
                    let certo = numeros(PONG, &[marca]);
                    exigir(corpo.len() == 17 && corpo.starts_with(&certo), || {
                        falha("sem-pong")
                    })?;
                    pong = true;
                }
                Some(&CONFIRMA) => {
                    exigir(corpo.len() == 9 && corpo <= certo, || falha("sem-confirma"))?;
                    confirma |= corpo == certo;
                }
                Some(&TCHAU) => return Err(falha("tchau-cedo")),
                _ => return Err(falha("item-errado")),
            }
        }
        Ok(())
    }

    /// A próxima linha que ele escreve é esta.
    fn linha(&mut self, feito: &str, certa: &str, engano: &str) -> Resultado {
        let esperado = format!("A linha {}.", mostrar(certa.as_bytes()));
        let linha = self.aluno.linha().map_err(|falha| {
            falha
                .depois_de(feito)
                .esperado(&esperado)
                .quando("silencio", engano)
                .quando("acabou-cedo", engano)
        })?;
        exigir(linha == certa, || {
            Falha::nova(engano)
                .feito(feito)
                .esperado(&esperado)
                .veio(mostrar(linha.as_bytes()))
        })
    }

    /// Ele acaba com a conversa por causa do que leu. A entrada continua aberta enquanto ele
    /// lê: o fim dela o faria se despedir antes, e uma violação já não o seria.
    fn desiste(&mut self, feito: &str) -> Resultado {
        espera::ate(PACIENCIA, || !self.aluno.roda());
        self.acabou(feito, 1, "aceita-violacao")
    }

    /// Ele acaba com este código; com o 1, depois de uma frase.
    fn acabou(&mut self, feito: &str, codigo: i32, engano: &str) -> Resultado {
        let fim = self
            .aluno
            .fim()
            .map_err(|falha| falha.depois_de(feito).quando("nao-termina", engano))?;
        exigir(
            fim.codigo == Some(codigo) && (codigo == 0 || !fim.erros.is_empty()),
            || {
                Falha::nova(engano)
                    .feito(feito)
                    .esperado(if codigo == 0 {
                        "Que ele acabasse, com o código de saída 0."
                    } else {
                        "Uma frase na saída de erro e o código de saída 1."
                    })
                    .veio(format!("Ele acabou com {}.", fim.como()))
                    .erros(fim.erros.clone())
            },
        )
    }
}

/// Se o programa ainda tem o que fazer. Onde o sistema não mostra, não se sabe.
#[cfg(target_os = "linux")]
fn ocupado(aluno: &Processo) -> bool {
    !crate::nucleo::dorme_inteiro(aluno.pid())
}

#[cfg(not(target_os = "linux"))]
fn ocupado(_: &Processo) -> bool {
    false
}

fn quadro(corpo: &[u8]) -> Vec<u8> {
    let tamanho = u16::try_from(corpo.len()).unwrap_or(u16::MAX);
    [&tamanho.to_be_bytes()[..], corpo].concat()
}

fn numeros(tipo: u8, numeros: &[u64]) -> Vec<u8> {
    let campos = numeros.iter().flat_map(|numero| numero.to_be_bytes());
    std::iter::once(tipo).chain(campos).collect()
}

fn item(numero: u64, texto: &str) -> Vec<u8> {
    [&numeros(ITEM, &[numero])[..], &[0], texto.as_bytes()].concat()
}

fn ola(sessao: u64) -> Vec<u8> {
    let sessao = sessao.to_be_bytes();
    [&[OLA, 1, 1][..], &sessao, &[0; 24], b"Bia"].concat()
}
