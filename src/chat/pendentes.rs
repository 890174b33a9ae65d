//! O que foi digitado e o outro programa ainda não confirmou.
//!
//! Cada item é guardado já como vai para a rede: o quadro inteiro, atrás do quadro
//! do anterior, em um buffer só. Mandar é copiar dali; confirmar é andar quadro a
//! quadro; e um milhão de linhas não pede memória um milhão de vezes.

use super::protocolo::{Item, MAIOR_TEXTO, Mensagem};
use super::quadro::enquadrar;

/// Quantos bytes de quadros se guardam. Com mais do que isto por confirmar, o laço
/// deixa de ler a entrada até o outro lado dar conta do que já foi. É bem mais do que
/// ele lê antes de confirmar, para que os dois lados trabalhem ao mesmo tempo.
const LIMITE: usize = 1024 * 1024;

/// O tamanho do quadro, o tipo da mensagem, o número e a espécie do item.
const CABECALHO: usize = 2 + 1 + 8 + 1;

/// O maior quadro de um item, em bytes.
const MAIOR_ITEM: usize = CABECALHO + MAIOR_TEXTO;

/// Um lugar na fila: o número de um item e onde o quadro dele começa.
#[derive(Debug, Clone, Copy, Default)]
struct Lugar {
    numero: u64,
    byte: usize,
}

/// A fila dos itens por confirmar, do mais velho ao mais novo.
#[derive(Debug, Default)]
pub struct Pendentes {
    /// Os quadros. Antes do mais velho ficam os que já foram confirmados, até haver
    /// tantos que compense puxar o resto para a frente.
    quadros: Vec<u8>,
    /// O mais velho.
    primeiro: Lugar,
    /// O primeiro dos que ainda não foram mandados nesta conexão.
    enviar: Lugar,
    /// O número do próximo item a guardar.
    proximo: u64,
    /// O número do primeiro item que nunca foi mandado, em conexão nenhuma.
    inedito: u64,
    /// Quantas vezes se mandou de novo um item.
    repetidos: u64,
}

impl Pendentes {
    /// Se cabe mais um item, do maior tamanho.
    #[must_use]
    pub fn cabe(&self) -> bool {
        self.quadros.len() - self.primeiro.byte + MAIOR_ITEM <= LIMITE
    }

    /// Numera um item e o põe no fim da fila. Devolve o número.
    pub fn guardar(&mut self, item: Item<'_>) -> u64 {
        let numero = self.proximo;
        enquadrar(&Mensagem::Item { numero, item }, &mut self.quadros);
        self.proximo += 1;
        numero
    }

    /// Acrescenta a `saida` os quadros que ainda não foram nesta conexão e têm
    /// número menor que `ate`, sempre inteiros, até `maximo` bytes (ao menos um, se
    /// houver).
    pub fn copiar(&mut self, ate: u64, maximo: usize, saida: &mut Vec<u8>) {
        let de = self.enviar;
        let mut fim = de;
        while fim.numero < ate.min(self.proximo) {
            let seguinte = self.depois(fim);
            if seguinte.byte - de.byte > maximo && fim.numero > de.numero {
                break;
            }
            fim = seguinte;
        }
        saida.extend_from_slice(&self.quadros[de.byte..fim.byte]);
        self.enviar = fim;
        self.repetidos +=
            self.inedito.min(fim.numero) - self.inedito.min(de.numero);
        self.inedito = self.inedito.max(fim.numero);
    }

    // ANCHOR: confirmar
    /// O outro programa recebeu todos os itens de número menor que `ate`: deixam de
    /// estar pendentes. Devolve se algum estava.
    pub fn confirmar(&mut self, ate: u64) -> bool {
        let ate = ate.min(self.proximo);
        if ate <= self.primeiro.numero {
            return false;
        }
        while self.primeiro.numero < ate {
            self.primeiro = self.depois(self.primeiro);
        }
        // O que se confirma aqui pode ter ido em uma conexão anterior.
        if self.enviar.numero < ate {
            self.enviar = self.primeiro;
        }
        self.arrumar();
        true
    }

    /// A conexão é outra: o que não foi confirmado vai de novo, do mais velho em
    /// diante.
    pub fn recomecar(&mut self) {
        self.enviar = self.primeiro;
    }
    // ANCHOR_END: confirmar

    /// Tira da fila todos os itens e conta cada um, do mais velho ao mais novo.
    ///
    /// # Panics
    /// Se um quadro que foi montado aqui não puder ser lido.
    pub fn desistir(&mut self, mut contar: impl FnMut(u64, Item<'_>)) {
        let mut lugar = self.primeiro;
        while lugar.numero < self.proximo {
            let seguinte = self.depois(lugar);
            let corpo = &self.quadros[lugar.byte + 2..seguinte.byte];
            match Mensagem::decodificar(corpo) {
                Ok(Mensagem::Item { numero, item }) => contar(numero, item),
                outra => panic!("a fila só tem itens, e trouxe {outra:?}"),
            }
            lugar = seguinte;
        }
        self.confirmar(self.proximo);
    }

    /// O número do mais velho; sem nenhum, o do próximo.
    #[must_use]
    pub fn primeiro(&self) -> u64 {
        self.primeiro.numero
    }

    /// O número que o próximo item guardado vai ter.
    #[must_use]
    pub fn proximo(&self) -> u64 {
        self.proximo
    }

    /// O número do primeiro item que ainda não foi mandado nesta conexão.
    #[must_use]
    pub fn enviados(&self) -> u64 {
        self.enviar.numero
    }

    /// O número do primeiro item que nunca foi mandado, em conexão nenhuma.
    #[must_use]
    pub fn inedito(&self) -> u64 {
        self.inedito
    }

    /// Quantas vezes se mandou um item de novo.
    #[must_use]
    pub fn repetidos(&self) -> u64 {
        self.repetidos
    }

    /// Quantos itens há na fila.
    #[must_use]
    pub fn quantos(&self) -> u64 {
        self.proximo - self.primeiro.numero
    }

    /// Quantos bytes de memória a fila ocupa.
    #[must_use]
    pub fn memoria(&self) -> usize {
        self.quadros.capacity()
    }

    /// O lugar do item depois do que está em `lugar`.
    fn depois(&self, lugar: Lugar) -> Lugar {
        let tamanho = [self.quadros[lugar.byte], self.quadros[lugar.byte + 1]];
        Lugar {
            numero: lugar.numero + 1,
            byte: lugar.byte + 2 + usize::from(u16::from_be_bytes(tamanho)),
        }
    }

    /// Puxa para a frente o que está por confirmar, quando é menos do que o espaço
    /// morto antes dele: cada byte é movido, em média, uma vez no máximo.
    fn arrumar(&mut self) {
        let mortos = self.primeiro.byte;
        if mortos < self.quadros.len() - mortos {
            return;
        }
        self.quadros.copy_within(mortos.., 0);
        self.quadros.truncate(self.quadros.len() - mortos);
        self.primeiro.byte -= mortos;
        self.enviar.byte -= mortos;
    }
}

#[cfg(test)]
mod testes {
    use super::super::quadro::quadros;
    use super::*;

    fn texto(texto: &str) -> Item<'_> {
        Item::Texto {
            texto,
            continua: false,
        }
    }

    /// Os números e os textos dos quadros em `bytes`.
    fn itens(bytes: &[u8]) -> Vec<(u64, String)> {
        quadros(bytes)
            .map(
                |corpo| match Mensagem::decodificar(corpo.unwrap()).unwrap() {
                    Mensagem::Item {
                        numero,
                        item: Item::Texto { texto, .. },
                    } => (numero, texto.to_string()),
                    outra => panic!("{outra:?}"),
                },
            )
            .collect()
    }

    fn copiar(pendentes: &mut Pendentes, maximo: usize) -> Vec<u64> {
        let mut saida = Vec::new();
        pendentes.copiar(u64::MAX, maximo, &mut saida);
        itens(&saida)
            .into_iter()
            .map(|(numero, _)| numero)
            .collect()
    }

    #[test]
    fn cada_item_vai_uma_vez_e_em_ordem() {
        let mut pendentes = Pendentes::default();
        assert_eq!(pendentes.guardar(texto("a")), 0);
        assert_eq!(pendentes.guardar(texto("b")), 1);
        assert_eq!(copiar(&mut pendentes, 1000), [0, 1]);
        assert_eq!(pendentes.guardar(texto("c")), 2);
        assert_eq!(copiar(&mut pendentes, 1000), [2]);
        assert_eq!(copiar(&mut pendentes, 1000), []);
        assert_eq!(pendentes.quantos(), 3);
        assert_eq!(pendentes.repetidos(), 0);
    }

    #[test]
    fn o_corte_nunca_cai_no_meio_de_um_quadro() {
        let mut pendentes = Pendentes::default();
        for _ in 0..3 {
            pendentes.guardar(texto(&"x".repeat(100)));
        }
        assert_eq!(copiar(&mut pendentes, 300), [0, 1]);
        assert_eq!(copiar(&mut pendentes, 1), [2], "ao menos um");
    }

    #[test]
    fn nao_passa_do_numero_pedido() {
        let mut pendentes = Pendentes::default();
        for _ in 0..5 {
            pendentes.guardar(texto("x"));
        }
        let mut saida = Vec::new();
        pendentes.copiar(3, 1000, &mut saida);
        assert_eq!(itens(&saida).len(), 3);
        pendentes.copiar(2, 1000, &mut saida);
        assert_eq!(pendentes.enviados(), 3);
    }

    #[test]
    fn depois_da_queda_vai_de_novo_so_o_que_nao_foi_confirmado() {
        let mut pendentes = Pendentes::default();
        for _ in 0..5 {
            pendentes.guardar(texto("x"));
        }
        copiar(&mut pendentes, 1000);
        assert!(pendentes.confirmar(2));
        assert!(!pendentes.confirmar(1), "confirmação velha");
        pendentes.recomecar();
        pendentes.guardar(texto("y"));
        assert_eq!(copiar(&mut pendentes, 1000), [2, 3, 4, 5]);
        assert_eq!(pendentes.repetidos(), 3);
        assert_eq!(pendentes.inedito(), 6);
    }

    #[test]
    fn o_que_se_confirma_antes_de_ir_de_novo_ja_nao_vai() {
        let mut pendentes = Pendentes::default();
        for _ in 0..4 {
            pendentes.guardar(texto("x"));
        }
        copiar(&mut pendentes, 1000);
        pendentes.recomecar();
        assert!(pendentes.confirmar(3));
        assert_eq!(copiar(&mut pendentes, 1000), [3]);
    }

    #[test]
    fn desistir_conta_tudo_que_sobra_e_esvazia() {
        let mut pendentes = Pendentes::default();
        pendentes.guardar(texto("zero"));
        pendentes.guardar(texto("um"));
        pendentes.guardar(Item::Nome("Bia"));
        pendentes.confirmar(1);
        let mut sobraram = Vec::new();
        pendentes.desistir(|numero, item| {
            sobraram.push((numero, format!("{item:?}")));
        });
        assert_eq!(sobraram.len(), 2);
        assert_eq!(sobraram[0].0, 1);
        assert!(sobraram[1].1.contains("Bia"));
        assert_eq!(pendentes.quantos(), 0);
        assert_eq!(pendentes.guardar(texto("x")), 3, "os números não voltam");
    }

    #[test]
    fn a_memoria_nao_cresce_com_o_que_ja_foi_confirmado() {
        let mut pendentes = Pendentes::default();
        let mut confirmados = 0;
        for volta in 0..200_000_u64 {
            if !pendentes.cabe() {
                // Deixa sempre metade por confirmar.
                confirmados += pendentes.quantos() / 2;
                pendentes.confirmar(confirmados);
            }
            pendentes.guardar(texto(&volta.to_string()));
        }
        assert!(pendentes.memoria() <= 4 * LIMITE);
        let mut esperado = pendentes.primeiro();
        pendentes.desistir(|numero, item| {
            assert_eq!(numero, esperado);
            assert_eq!(item, texto(&numero.to_string()));
            esperado += 1;
        });
        assert_eq!(esperado, 200_000);
    }

    #[test]
    fn cabe_diz_nao_antes_do_limite() {
        let mut pendentes = Pendentes::default();
        let maior = "x".repeat(MAIOR_TEXTO);
        while pendentes.cabe() {
            pendentes.guardar(texto(&maior));
        }
        assert!(pendentes.quadros.len() <= LIMITE);
        assert!(pendentes.quantos() > 1000);
    }
}
