//! O exercício `ping`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::apoio::{gotejar, insistir};
use crate::{Datagramas, Falha, Fim, Programa, Resultado, exigir, mostrar};

/// O prazo de cada sonda.
const PRAZO: Duration = Duration::from_millis(400);

/// O atraso que se põe nas respostas que se atrasam: bem menor que o prazo.
const ATRASO: Duration = Duration::from_millis(60);

/// Quanto se espera por uma sonda: muitas vezes o prazo dela.
const ESPERA: Duration = Duration::from_secs(4);

/// Quantas vezes se repete uma rodada que a demora desta máquina pode ter estragado.
const RODADAS: u32 = 3;

/// As sondas da rodada de maldades.
const SONDAS: u32 = 8;

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    repetir(|| tudo_responde(programa))?;
    repetir(|| maldades(programa))?;
    repetir(|| pinga_sem_parar(programa))?;
    dois_do_meio(programa)?;
    ninguem_na_porta(programa)
}

/// Uma máquina ocupada pode atrasar uma resposta além do prazo, e um programa certo a dá
/// por perdida: nesses enganos só se acredita quando aparecem em todas as rodadas.
fn repetir(rodada: impl Fn() -> Resultado) -> Resultado {
    let mut resultado = rodada();
    for _ in 1..RODADAS {
        match &resultado {
            Err(falha) if ["sonda-perdida", "contas"].contains(&falha.diagnostico.as_str()) => {
                resultado = rodada();
            }
            _ => break,
        }
    }
    resultado
}

/// Três sondas, cada uma respondida depois de um atraso.
fn tudo_responde(programa: &Programa) -> Resultado {
    let feito = "Respondi a 3 sondas, a cada uma depois de 60 ms.";
    let mut outro_lado = Par::novo(programa, 3, feito)?;
    for numero in 1..=3 {
        outro_lado.sonda(numero, "formato")?;
        thread::sleep(ATRASO);
        outro_lado.responder(numero)?;
    }
    let relatorio = outro_lado.relatorio()?;
    for numero in 1..=3 {
        relatorio.tempo(numero, "tempo-errado")?;
    }
    relatorio.contas([3, 0, 0])?;
    relatorio.resumo()
}

/// Cada sonda com a sua: a 2 se responde tarde, a 4 se perde, a 5 se repete, à 7 responde
/// antes um estranho, e antes da 8 vem o que não é resposta.
fn maldades(programa: &Programa) -> Resultado {
    let feito = "De 8 sondas, respondi à 2 só depois de chegar a 3, perdi a 4, respondi duas vezes à 5; à 7 respondeu antes um estranho, e antes da resposta à 8 mandei o que não é resposta. As respostas a 3, 6, 7 e 8 esperaram 60 ms.";
    let mut outro_lado = Par::novo(programa, SONDAS, feito)?;
    let estranho = Datagramas::novo()?;
    outro_lado.sonda(1, "formato")?;
    outro_lado.responder(1)?;
    outro_lado.sonda(2, "para-na-perda")?;
    outro_lado.sonda(3, "para-na-perda")?;
    outro_lado.responder(2)?;
    thread::sleep(ATRASO);
    outro_lado.responder(3)?;
    outro_lado.sonda(4, "para-na-perda")?;
    outro_lado.sonda(5, "para-na-perda")?;
    outro_lado.responder(5)?;
    outro_lado.responder(5)?;
    outro_lado.sonda(6, "para-na-perda")?;
    thread::sleep(ATRASO);
    outro_lado.responder(6)?;
    outro_lado.sonda(7, "para-na-perda")?;
    if let Some(dele) = outro_lado.dele {
        estranho.enviar(&7_u32.to_be_bytes(), dele)?;
    }
    thread::sleep(ATRASO);
    outro_lado.responder(7)?;
    outro_lado.sonda(8, "para-na-perda")?;
    for lixo in [&b""[..], b"\0\0\0", b"\0\0\0\x08!", b"\0\0\0\x09"] {
        outro_lado.cru(lixo)?;
    }
    thread::sleep(ATRASO);
    outro_lado.responder(8)?;

    let relatorio = outro_lado.relatorio()?;
    for (numero, engano) in [
        (3, "resposta-de-outra"),
        (6, "resposta-de-outra"),
        (7, "estranho"),
        (8, "lixo"),
    ] {
        relatorio.tempo(numero, engano)?;
    }
    for numero in [1, 5] {
        relatorio.tempo(numero, "sonda-perdida")?;
    }
    for numero in [2, 4] {
        relatorio.sem_resposta(numero)?;
    }
    // A cópia da 5 chegou enquanto se esperava a 6: também é uma resposta atrasada.
    relatorio.contas([6, 2, 2])?;
    relatorio.resumo()
}

/// O que pinga e não serve não adia o fim do prazo.
fn pinga_sem_parar(programa: &Programa) -> Resultado {
    let feito = "Não respondi à sonda 1, e mandei no lugar dela um datagrama de 3 bytes a cada 50 ms, até chegar a sonda 2.";
    insistir(|| {
        let mut outro_lado = Par::novo(programa, 2, feito)?;
        outro_lado.sonda(1, "formato")?;
        let mut veio = None;
        let seguiu = gotejar(PRAZO, ESPERA, || {
            let mandou = outro_lado.cru(b"oi!").is_ok();
            veio = outro_lado.receber(Duration::from_millis(50));
            mandou && veio.is_none()
        });
        exigir(seguiu != Some(false), || {
            outro_lado
                .falha("prazo-por-chamada")
                .esperado("A sonda 2, quando os 400 ms da sonda 1 passassem.")
                .veio("Em 4 s ela não saiu.")
        })?;
        let veio = veio.unwrap_or_default();
        exigir(veio == 2_u32.to_be_bytes(), || {
            outro_lado.falha("formato").veio(mostrar(&veio))
        })?;
        outro_lado.responder(2)?;
        let relatorio = outro_lado.relatorio()?;
        relatorio.tempo(2, "sonda-perdida")?;
        relatorio.sem_resposta(1)?;
        relatorio.contas([1, 1, 0])?;
        Ok(seguiu.map(|_| ()))
    })
}

/// Com dois tempos, a mediana é a média deles, longe de um e do outro.
fn dois_do_meio(programa: &Programa) -> Resultado {
    let feito = "De 2 sondas, com 60 s de prazo, respondi logo à 1, e à 2 bem depois.";
    // De antes de o programa começar até a sonda 2 sair, coube todo o tempo da 1: quem espera
    // mais que isso tem um tempo maior, por mais que esta máquina tenha parado.
    let inicio = Instant::now();
    let mut outro_lado = Par::com_prazo(programa, 2, Duration::from_secs(60), feito)?;
    outro_lado.sonda(1, "formato")?;
    outro_lado.responder(1)?;
    outro_lado.sonda(2, "formato")?;
    thread::sleep(inicio.elapsed() + ATRASO);
    outro_lado.responder(2)?;
    outro_lado.relatorio()?.resumo()
}

/// O aviso de que não há ninguém na porta vale por uma perda.
fn ninguem_na_porta(programa: &Programa) -> Resultado {
    let (fechada, _porta) = Datagramas::ninguem()?;
    let feito = format!("Mandei sondar {fechada}, onde não há ninguém: 2 sondas, 100 ms.");
    let mut aluno = programa.rodar(&[&fechada.to_string(), "2", "100"])?;
    let fim = aluno.fim().map_err(|falha| falha.depois_de(&feito))?;
    let relatorio = Relatorio {
        feito,
        fim,
        esperas: BTreeMap::new(),
    };
    relatorio.acabou_bem("aviso-nao-e-fim")?;
    relatorio.contas([0, 2, 0])
}

/// Quem responde às sondas.
struct Par {
    aluno: crate::Processo,
    daqui: Datagramas,
    dele: Option<SocketAddr>,
    /// Quando chegou a última sonda.
    chegou: Instant,
    /// Quanto cada sonda esperou aqui pela resposta certa.
    esperas: BTreeMap<u32, Duration>,
    feito: String,
}

impl Par {
    fn novo(programa: &Programa, sondas: u32, feito: &str) -> Resultado<Self> {
        Self::com_prazo(programa, sondas, PRAZO, feito)
    }

    fn com_prazo(
        programa: &Programa,
        sondas: u32,
        prazo: Duration,
        feito: &str,
    ) -> Resultado<Self> {
        let daqui = Datagramas::novo()?;
        let endereco = daqui.endereco()?.to_string();
        let prazo = prazo.as_millis().to_string();
        let aluno = programa.rodar(&[&endereco, &sondas.to_string(), &prazo])?;
        Ok(Self {
            aluno,
            daqui,
            dele: None,
            chegou: Instant::now(),
            esperas: BTreeMap::new(),
            feito: feito.to_string(),
        })
    }

    fn falha(&self, nome: &str) -> Falha {
        Falha::nova(nome)
            .feito(&self.feito)
            .esperado("Uma sonda de cada vez, em ordem, com o número em 4 bytes, o mais significativo primeiro.")
            .veio("Veio outra coisa.")
    }

    /// A próxima sonda, ou o que veio no lugar dela.
    fn receber(&mut self, prazo: Duration) -> Option<Vec<u8>> {
        let (datagrama, de) = self.daqui.receber(prazo)?;
        self.chegou = Instant::now();
        self.dele = Some(de);
        Some(datagrama)
    }

    /// Espera a sonda deste número. `calado` é o diagnóstico de quem não a manda.
    fn sonda(&mut self, numero: u32, calado: &str) -> Resultado {
        if let Some(veio) = self.receber(ESPERA) {
            return exigir(veio == numero.to_be_bytes(), || {
                self.falha("formato")
                    .esperado(format!(
                        "A sonda {numero}: só o número, em 4 bytes, o mais significativo primeiro."
                    ))
                    .veio(mostrar(&veio))
            });
        }
        let falha = self
            .falha(calado)
            .esperado(format!("A sonda {numero}."))
            .veio("Ela não saiu.");
        if self.aluno.roda() {
            return Err(falha);
        }
        let fim = self.aluno.fim();
        let fim = fim.map_err(|outra| outra.depois_de(&self.feito))?;
        Err(falha
            .veio(format!("O programa acabou com {}.", fim.como()))
            .erros(fim.erros))
    }

    fn cru(&self, bytes: &[u8]) -> Resultado {
        self.dele
            .map_or(Ok(()), |dele| self.daqui.enviar(bytes, dele))
    }

    fn responder(&mut self, numero: u32) -> Resultado {
        // A espera que conta é a que houve: esta máquina pode ter parado, e um engano que
        // responde antes fica sempre abaixo dela.
        let espera = self.chegou.elapsed();
        self.esperas.entry(numero).or_insert(espera);
        self.cru(&numero.to_be_bytes())
    }

    /// Espera o fim do programa.
    fn relatorio(mut self) -> Resultado<Relatorio> {
        let fim = self.aluno.fim();
        let fim = fim.map_err(|falha| falha.depois_de(&self.feito))?;
        let relatorio = Relatorio {
            feito: self.feito,
            fim,
            esperas: self.esperas,
        };
        relatorio.acabou_bem("para-na-perda")?;
        Ok(relatorio)
    }
}

/// O que o programa escreveu.
struct Relatorio {
    feito: String,
    fim: Fim,
    /// Quanto cada sonda esperou pela resposta certa.
    esperas: BTreeMap<u32, Duration>,
}

impl Relatorio {
    fn falha(&self, nome: &str, esperado: impl Into<String>) -> Falha {
        Falha::nova(nome)
            .feito(&self.feito)
            .esperado(esperado)
            .veio(mostrar(&self.fim.saida))
    }

    fn acabou_bem(&self, engano: &str) -> Resultado {
        exigir(self.fim.codigo == Some(0), || {
            self.falha(engano, "O relatório, e o código de saída 0.")
                .veio(format!("Ele acabou com {}.", self.fim.como()))
                .erros(self.fim.erros.clone())
        })
    }

    /// O que vem depois de `nome:` em alguma linha.
    fn linha(&self, nome: &str) -> Resultado<String> {
        let texto = String::from_utf8_lossy(&self.fim.saida);
        let achado = texto.lines().find_map(|linha| {
            let (este, resto) = linha.split_once(':')?;
            (este.trim() == nome).then(|| resto.trim().to_string())
        });
        achado.ok_or_else(|| self.falha("sem-relatorio", format!("Uma linha “{nome}: …”.")))
    }

    /// Os milissegundos de uma linha, se ela os tem.
    fn milissegundos(&self, nome: &str) -> Resultado<Option<f64>> {
        let linha = self.linha(nome)?;
        let numero = linha.strip_suffix("ms").unwrap_or_default().trim();
        Ok(numero.replace(',', ".").parse().ok())
    }

    /// A sonda teve resposta, e levou ao menos o que a resposta certa esperou.
    fn tempo(&self, numero: u32, engano: &str) -> Resultado {
        let nome = format!("sonda {numero}");
        let Some(tempo) = self.milissegundos(&nome)? else {
            return Err(self.falha("sonda-perdida", format!("Um tempo na linha “{nome}: …”.")));
        };
        let espera = self.esperas.get(&numero).copied().unwrap_or_default();
        let minimo = espera.as_secs_f64() * 1000.0;
        // O arredondamento a uma casa pode tirar até 0,05 ms.
        exigir(tempo >= minimo - 0.05, || {
            let minimo = format!("{minimo:.1}").replace('.', ",");
            self.falha(
                engano,
                format!("Na sonda {numero}, ao menos os {minimo} ms que a resposta certa esperou."),
            )
        })
    }

    fn sem_resposta(&self, numero: u32) -> Resultado {
        let nome = format!("sonda {numero}");
        let linha = self.linha(&nome)?;
        exigir(linha == "sem resposta", || {
            self.falha(
                "resposta-de-outra",
                format!("A linha “{nome}: sem resposta”."),
            )
        })
    }

    /// Respondidas, sem resposta e atrasadas.
    fn contas(&self, certas: [u32; 3]) -> Resultado {
        for (nome, certa) in ["respondidas", "sem resposta", "atrasadas"]
            .into_iter()
            .zip(certas)
        {
            let linha = self.linha(nome)?;
            exigir(linha == certa.to_string(), || {
                self.falha("contas", format!("A linha “{nome}: {certa}”."))
            })?;
        }
        Ok(())
    }

    /// Mínimo, mediana e máximo são os dos tempos que o próprio programa escreveu.
    fn resumo(&self) -> Resultado {
        let mut tempos = Vec::new();
        for numero in 1..=SONDAS {
            if let Ok(Some(tempo)) = self.milissegundos(&format!("sonda {numero}")) {
                tempos.push(tempo);
            }
        }
        tempos.sort_by(f64::total_cmp);
        let meio = tempos.len() / 2;
        let (Some(minimo), Some(maximo), Some(acima)) =
            (tempos.first(), tempos.last(), tempos.get(meio))
        else {
            return Ok(());
        };
        let abaixo = tempos[meio - usize::from(tempos.len() % 2 == 0)];
        let mediana = f64::midpoint(abaixo, *acima);
        for (nome, certo) in [
            ("mínimo", *minimo),
            ("mediana", mediana),
            ("máximo", *maximo),
        ] {
            let lido = self.milissegundos(nome)?;
            // Cada tempo foi arredondado, e o resumo também.
            exigir(lido.is_some_and(|lido| (lido - certo).abs() < 0.15), || {
                let certo = format!("{certo:.1}").replace('.', ",");
                self.falha(
                    "resumo",
                    format!("A linha “{nome}: {certo} ms”, pelos tempos que ele escreveu."),
                )
            })?;
        }
        Ok(())
    }
}
