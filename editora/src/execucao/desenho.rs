//! O lugar de cada coisa no papel: o cliente à esquerda, o servidor à direita, os
//! pacotes no meio, os estados nas beiras, e o tempo para baixo.
//!
//! O tempo não está em escala: o que acontece no mesmo milésimo de segundo precisa de
//! várias linhas de texto. Está em ordem: o que fica mais embaixo aconteceu depois.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::gravacao::{Chamada, Lado, Pacote};
use super::historia::{Acontecimento, Fato, instante};
use crate::dados::folha::Problemas;
use crate::figura::{self, Desenho};
use crate::letras;

/// A largura do papel, em pixels.
const LARGURA: f64 = 420.0;

/// O corpo da letra: `small` no tamanho que o tema dá aos gráficos.
const CORPO: f64 = 13.2;

/// De uma linha de texto à seguinte.
const ENTRELINHA: f64 = 14.5;

/// A largura da faixa de um estado.
const FAIXA: f64 = 14.0;

/// O que fica entre a faixa e a beira do papel: o contorno dela.
const BORDA: f64 = 1.0;

/// O que fica entre uma coluna e a seguinte.
const VAO: f64 = 4.0;

/// Onde os pacotes de cada lado começam e acabam.
const FIO: [f64; 2] = [166.0, 242.0];

/// Do alto do papel ao primeiro acontecimento: o nome de cada lado.
const TOPO: f64 = 30.0;

/// Entre uma ponta de seta e a seguinte, do mesmo lado: o nome do pacote cabe.
const ENTRE_PONTAS: f64 = 17.0;

/// Quanto uma seta desce, no mínimo.
const DESCIDA: f64 = 16.0;

/// Quanto um bloco de texto fica longe do de cima.
const ENTRE_BLOCOS: f64 = 5.0;

/// Quantos pixels vale um milissegundo sem nada, e quantos vale, no máximo, um silêncio.
const POR_MS: f64 = 0.6;
const MAIOR_SILENCIO: f64 = 22.0;

/// Quanto o nome de um pacote fica acima da seta dele.
const ACIMA: f64 = 7.5;

/// Quanto uma letra forte é mais larga que a comum.
const FORTE: f64 = 1.09;

/// A grossura do fio de quem está parado em uma chamada.
const PARADO: f64 = 4.0;

/// Quantos pixels o pikchr põe em uma polegada.
const POLEGADA: f64 = 144.0;

/// O que uma faixa mostra enquanto não há socket.
const FECHADO: &str = "CLOSED";

/// Uma faixa de estado: de que lado, e se é do socket de escuta.
type Faixa = (Lado, bool);

/// O que se desenha de uma vez.
enum Passo {
    /// As chamadas de uma linha de Rust que se seguem; só a última espera, se espera.
    Chama(Vec<(Chamada, bool)>),
    /// Os outros acontecimentos.
    Outro(Fato),
}

/// Tudo que já tem lugar.
#[derive(Default)]
struct Papel {
    /// O que fica atrás de tudo, e o resto.
    fundo: String,
    frente: String,
    problemas: Problemas,
    /// As faixas que ainda estão abertas, e desde onde.
    faixas: BTreeMap<Faixa, (String, f64)>,
    /// Onde acaba o texto de cada lado.
    livre: BTreeMap<Lado, f64>,
    /// A última ponta de seta de cada lado.
    ponta: BTreeMap<Lado, f64>,
    /// De onde saiu cada pacote.
    saidas: BTreeMap<usize, f64>,
    /// Desde onde cada lado está parado em uma chamada.
    parado: BTreeMap<Lado, f64>,
}

/// Desenha a história.
///
/// # Errors
/// O texto que não cabe na coluna dele.
pub fn desenhar(historia: &[Acontecimento]) -> Result<Desenho, Problemas> {
    let mut papel = Papel::default();
    let mut y = TOPO;
    let mut antes = 0.0;
    for (quando, lado, passo) in passos(historia) {
        y += ((quando - antes) * POR_MS).min(MAIOR_SILENCIO);
        antes = quando;
        y = match passo {
            Passo::Chama(chamadas) => papel.chamar(lado, y, quando, &chamadas),
            Passo::Outro(Fato::Volta(chamada)) => {
                let volta = format!("{} = {}", chamada.nome, chamada.curto());
                let y = papel.bloco(lado, y, quando, None, &volta);
                papel.voltar(lado, y);
                y
            }
            Passo::Outro(Fato::Muda { escuta, estado }) => papel.mudar((lado, escuta), &estado, y),
            Passo::Outro(Fato::Sai(numero, _)) => {
                let y = papel.pontear(lado, y);
                papel.saidas.insert(numero, y);
                y
            }
            Passo::Outro(Fato::Chega(numero, pacote)) => {
                let saida = papel.saidas.get(&numero).copied().unwrap_or(y);
                let y = papel.pontear(lado, y.max(saida + DESCIDA));
                papel.seta(&pacote, saida, y);
                y
            }
            Passo::Outro(Fato::Chama { .. }) => y,
        };
    }
    papel.acabar(y)
}

/// Os acontecimentos como se desenham: sem as chamadas que a figura dispensa, e com as
/// que saem da mesma linha de Rust juntas, no lugar da primeira.
fn passos(historia: &[Acontecimento]) -> Vec<(f64, Lado, Passo)> {
    let mut passos: Vec<(f64, Lado, Passo)> = Vec::new();
    // De cada lado, onde está o passo a que outra chamada ainda se pode juntar.
    let mut abertos: BTreeMap<Lado, usize> = BTreeMap::new();
    for Acontecimento { quando, lado, fato } in historia {
        let passo = match fato {
            Fato::Chama { chamada, .. } if chamada.secundaria() => continue,
            Fato::Chama { chamada, espera } => {
                let aberto = abertos.get(lado).and_then(|onde| passos.get_mut(*onde));
                if let Some((_, _, Passo::Chama(juntas))) = aberto
                    && juntas.iter().all(|(junta, _)| junta.linha == chamada.linha)
                {
                    juntas.push((chamada.clone(), *espera));
                    if *espera {
                        abertos.remove(lado);
                    }
                    continue;
                }
                if *espera {
                    abertos.remove(lado);
                } else {
                    abertos.insert(*lado, passos.len());
                }
                Passo::Chama(vec![(chamada.clone(), *espera)])
            }
            outro => Passo::Outro(outro.clone()),
        };
        passos.push((*quando, *lado, passo));
    }
    passos
}

/// Onde começa e quanto mede a coluna de texto de um lado.
fn coluna(lado: Lado) -> (f64, f64) {
    match lado {
        Lado::Cliente => {
            let x = FAIXA + VAO + BORDA;
            (x, FIO[0] - VAO - x)
        }
        Lado::Servidor => {
            let x = FIO[1] + 2.0 * VAO;
            (x, LARGURA - 2.0 * FAIXA - 1.5 * VAO - BORDA - x)
        }
    }
}

/// Onde começa uma faixa.
fn beira((lado, escuta): Faixa) -> f64 {
    match (lado, escuta) {
        (Lado::Cliente, _) => BORDA,
        (Lado::Servidor, true) => LARGURA - FAIXA - BORDA,
        (Lado::Servidor, false) => LARGURA - 2.0 * FAIXA - VAO / 2.0 - BORDA,
    }
}

/// Onde as setas de um lado encostam.
fn fio(lado: Lado) -> f64 {
    match lado {
        Lado::Cliente => FIO[0],
        Lado::Servidor => FIO[1],
    }
}

/// Um texto em linhas que cabem em `largura`, partido depois de um sinal; um nome
/// sozinho que não cabe, depois de um sublinhado.
fn partir(texto: &str, largura: f64) -> Vec<String> {
    let cabe = |texto: &str| letras::largura(texto.trim_end(), CORPO) <= largura;
    let mut pedacos = Vec::new();
    for pedaco in juntos(texto, &['(', '.', ',', ':', ' ']) {
        if cabe(&pedaco) {
            pedacos.push(pedaco);
        } else {
            pedacos.extend(juntos(&pedaco, &['_']));
        }
    }
    let mut linhas: Vec<String> = Vec::new();
    for pedaco in pedacos {
        match linhas.last_mut() {
            Some(linha) if cabe(&format!("{linha}{pedaco}")) => linha.push_str(&pedaco),
            _ => linhas.push(pedaco),
        }
    }
    for linha in &mut linhas {
        linha.truncate(linha.trim_end().len());
    }
    linhas
}

/// Os pedaços de um texto, cada um até um destes sinais. Um `::` e um `()` não se partem.
fn juntos(texto: &str, sinais: &[char]) -> Vec<String> {
    let mut pedacos: Vec<String> = Vec::new();
    for pedaco in texto.split_inclusive(sinais) {
        match pedacos.last_mut() {
            Some(antes) if pedaco.starts_with([':', ')']) => antes.push_str(pedaco),
            _ => pedacos.push(pedaco.to_string()),
        }
    }
    pedacos
}

impl Papel {
    /// Um bloco de texto: o instante, a linha de Rust e o que ela pediu ao núcleo.
    /// Devolve onde ele ficou.
    fn bloco(&mut self, lado: Lado, y: f64, quando: f64, rust: Option<&str>, pede: &str) -> f64 {
        let (x, largura) = coluna(lado);
        let y = self
            .livre
            .get(&lado)
            .map_or(y, |livre| y.max(livre + ENTRE_BLOCOS));
        let mut linhas = vec![(instante(quando), "color gray")];
        let rust = rust
            .map(|rust| partir(rust, largura / FORTE))
            .unwrap_or_default();
        linhas.extend(rust.into_iter().map(|linha| (linha, "bold")));
        let pede = partir(pede, largura).into_iter();
        linhas.extend(pede.map(|linha| (linha, "")));
        let mut abaixo = y;
        for (linha, estilo) in linhas {
            if letras::largura(&linha, CORPO) > largura {
                let motivo = format!("«{linha}» não cabe na figura");
                self.problemas.push((1, motivo));
            }
            escrever(&mut self.frente, (x, abaixo), estilo, &linha);
            abaixo += ENTRELINHA;
        }
        self.livre.insert(lado, abaixo);
        y
    }

    fn chamar(&mut self, lado: Lado, y: f64, quando: f64, chamadas: &[(Chamada, bool)]) -> f64 {
        let sozinha = chamadas.len() == 1;
        let ditas: Vec<String> = chamadas
            .iter()
            .map(|(chamada, espera)| match (espera, sozinha) {
                (true, _) => format!("{} espera", chamada.nome),
                (false, true) => format!("{} = {}", chamada.nome, chamada.curto()),
                (false, false) => chamada.nome.clone(),
            })
            .collect();
        let rust = chamadas.first().map(|(chamada, _)| chamada.de_onde());
        let y = self.bloco(lado, y, quando, rust.as_deref(), &ditas.join(", "));
        if chamadas.iter().any(|(_, espera)| *espera) {
            self.parado.insert(lado, y);
        }
        y
    }

    /// A chamada em que este lado estava parado voltou.
    fn voltar(&mut self, lado: Lado, y: f64) {
        if let Some(desde) = self.parado.remove(&lado) {
            let x = fio(lado);
            let (de, ate) = (lugar((x, desde)), lugar((x, y)));
            let grossura = polegadas(PARADO);
            let _ = writeln!(
                self.fundo,
                "line from {de} to {ate} color gray thickness {grossura}"
            );
        }
    }

    /// Um socket passa a um estado. Devolve onde.
    fn mudar(&mut self, faixa: Faixa, estado: &str, y: f64) -> f64 {
        // O nome do estado anterior tem de caber na faixa dele.
        let y = self
            .faixas
            .get(&faixa)
            .map_or(y, |(antes, desde)| y.max(desde + comprimento(antes)));
        self.fechar(faixa, y);
        if estado != FECHADO {
            self.faixas.insert(faixa, (estado.to_string(), y));
        }
        y
    }

    fn fechar(&mut self, faixa: Faixa, y: f64) {
        let Some((estado, desde)) = self.faixas.remove(&faixa) else {
            return;
        };
        let meio = beira(faixa) + FAIXA / 2.0;
        let _ = writeln!(
            self.fundo,
            "box width {} height {} at {} color gray fill lightgray thickness {}",
            polegadas(FAIXA),
            polegadas(y - desde),
            lugar((meio, f64::midpoint(desde, y))),
            polegadas(1.0)
        );
        let _ = writeln!(
            self.frente,
            "line invis from {} to {} \"{estado}\" small aligned",
            lugar((meio, y)),
            lugar((meio, desde))
        );
    }

    /// Uma ponta de seta, longe da anterior deste lado. Devolve onde.
    fn pontear(&mut self, lado: Lado, y: f64) -> f64 {
        let y = self
            .ponta
            .get(&lado)
            .map_or(y, |ponta| y.max(ponta + ENTRE_PONTAS));
        self.ponta.insert(lado, y);
        y
    }

    fn seta(&mut self, pacote: &Pacote, saida: f64, chegada: f64) {
        let de = lugar((fio(pacote.lado), saida));
        let ate = lugar((fio(pacote.lado.outro()), chegada));
        let (traco, letra) = if pacote.bytes > 0 {
            ("color red", "color red")
        } else {
            ("dashed 0.03", "")
        };
        let _ = writeln!(self.frente, "arrow from {de} to {ate} {traco}");
        // O nome vai por cima da seta, e da esquerda para a direita.
        let (esquerda, direita) = match pacote.lado {
            Lado::Cliente => (saida, chegada),
            Lado::Servidor => (chegada, saida),
        };
        let [largura, altura] = [FIO[1] - FIO[0], direita - esquerda];
        let comprimento = largura.hypot(altura);
        let acima = |x: f64, y: f64| {
            lugar((
                x + altura / comprimento * ACIMA,
                y - largura / comprimento * ACIMA,
            ))
        };
        let _ = writeln!(
            self.frente,
            "line invis from {} to {} {letra} \"{}\" small aligned",
            acima(FIO[0], esquerda),
            acima(FIO[1], direita),
            pacote.nome()
        );
    }

    /// O desenho, com o que ainda está aberto a ir até o fundo.
    fn acabar(mut self, y: f64) -> Result<Desenho, Problemas> {
        let y = y + ENTRE_PONTAS;
        let textos = self.livre.values().copied().fold(y, f64::max);
        let nomes = self.faixas.values();
        let fim = nomes.fold(textos, |fim, (estado, desde)| {
            fim.max(desde + comprimento(estado))
        });
        for faixa in self.faixas.keys().copied().collect::<Vec<_>>() {
            self.fechar(faixa, fim);
        }
        if !self.problemas.is_empty() {
            return Err(self.problemas);
        }
        // Para o pikchr os textos não ocupam lugar; a folha, sem tinta, tem o tamanho
        // do papel.
        let mut fonte = format!(
            "charwid = 0.0001\ncharht = 0.0001\nthickness = 0.01\nmargin = -0.01\n\
             box width {} height {} thickness 0 at {}\n",
            polegadas(LARGURA),
            polegadas(fim + BORDA),
            lugar((LARGURA / 2.0, f64::midpoint(fim, BORDA)))
        );
        for lado in [Lado::Cliente, Lado::Servidor] {
            let (x, _) = coluna(lado);
            escrever(&mut self.frente, (x, CORPO / 2.0), "bold", lado.nome());
            let x = fio(lado);
            let (de, ate) = (lugar((x, TOPO)), lugar((x, fim)));
            let _ = writeln!(fonte, "line from {de} to {ate} color gray thickness 0.006");
        }
        fonte.push_str(&self.fundo);
        fonte.push_str(&self.frente);
        figura::no_pikchr(&fonte, &[])
            .map_err(|(_, motivo)| vec![(1, format!("o desenho não saiu: {motivo}"))])
    }
}

/// Um texto cujo meio, na altura, fica no lugar dado, e que começa ali.
fn escrever(fonte: &mut String, onde: (f64, f64), estilo: &str, texto: &str) {
    let texto = texto.replace('\\', "\\\\").replace('"', "\\\"");
    let _ = writeln!(
        fonte,
        "text \"{texto}\" small ljust {estilo} at {}",
        lugar(onde)
    );
}

/// Quanto a faixa de um estado mede, no mínimo.
fn comprimento(estado: &str) -> f64 {
    letras::largura(estado, CORPO) + 2.0 * VAO
}

/// Um lugar como o pikchr o diz: em polegadas, com o zero embaixo.
fn lugar((x, y): (f64, f64)) -> String {
    format!("({},{})", polegadas(x), polegadas(-y))
}

/// Uma medida em pixels, em polegadas do pikchr.
fn polegadas(pixels: f64) -> String {
    format!("{:.4}", pixels / POLEGADA)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn uma_linha_comprida_se_parte_depois_de_um_sinal() {
        assert_eq!(
            partir("TcpStream::connect_timeout(&alvo, prazo)", 130.0),
            ["TcpStream::", "connect_timeout(", "&alvo, prazo)"]
        );
        assert_eq!(
            partir("resposta.as_bytes()", 80.0),
            ["resposta.", "as_bytes()"]
        );
        assert_eq!(
            partir("comunicar_com_cliente", 100.0),
            ["comunicar_", "com_cliente"]
        );
        assert_eq!(partir("accept()", 120.0), ["accept()"]);
    }

    #[test]
    fn o_que_fica_mais_embaixo_aconteceu_depois() {
        let mut papel = Papel::default();
        let primeiro = papel.bloco(Lado::Cliente, 30.0, 0.0, Some("a()"), "b = 0");
        let segundo = papel.bloco(Lado::Cliente, 30.0, 0.1, Some("a()"), "b = 0");
        assert!(segundo >= primeiro + 3.0 * ENTRELINHA);
        let faixa = (Lado::Cliente, false);
        let aberto = papel.mudar(faixa, "ESTABLISHED", 40.0);
        let fechado = papel.mudar(faixa, "FIN-WAIT-1", 41.0);
        assert!(fechado - aberto > comprimento("ESTABLISHED") - 0.1);
    }
}
