//! A cor, a forma e o traço das séries: os mesmos para o mesmo protocolo no livro
//! inteiro, e diferentes também para quem não distingue as cores.

/// Como se desenha uma série.
#[derive(Debug, PartialEq)]
pub struct Estilo {
    /// A cor, pelo nome que o pikchr lhe dá; cada tema tem a sua.
    pub cor: &'static str,
    /// A forma da marca.
    pub forma: Forma,
    /// Se a marca é cheia.
    pub cheia: bool,
    /// Em uma linha tracejada, o tamanho de cada traço.
    pub tracejado: Option<f64>,
}

/// A forma de uma marca.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forma {
    /// ●
    Circulo,
    /// ■
    Quadrado,
    /// ▲
    Triangulo,
    /// ◆
    Losango,
}

/// Os nomes dos estilos, na ordem em que as séries que não escolhem os recebem.
pub const NOMES: [&str; 5] = ["tcp", "udp", "confiavel", "outro", "apoio"];

/// Os estilos, na mesma ordem.
const ESTILOS: [Estilo; 5] = [
    Estilo {
        cor: "blue",
        forma: Forma::Circulo,
        cheia: true,
        tracejado: None,
    },
    Estilo {
        cor: "orange",
        forma: Forma::Quadrado,
        cheia: false,
        tracejado: Some(6.0),
    },
    Estilo {
        cor: "green",
        forma: Forma::Triangulo,
        cheia: true,
        tracejado: Some(2.5),
    },
    Estilo {
        cor: "purple",
        forma: Forma::Losango,
        cheia: false,
        tracejado: Some(10.0),
    },
    Estilo {
        cor: "gray",
        forma: Forma::Circulo,
        cheia: false,
        tracejado: Some(4.0),
    },
];

impl Estilo {
    /// O estilo com este nome.
    pub fn de(nome: &str) -> Option<&'static Self> {
        let posicao = NOMES.iter().position(|outro| *outro == nome)?;
        ESTILOS.get(posicao)
    }

    /// Um estilo para cada série: o que ela escolheu, ou o primeiro ainda livre.
    ///
    /// # Errors
    /// O índice de uma série para a qual não sobrou nenhum.
    pub fn distribuir(escolhidos: &[Option<&'static Self>]) -> Result<Vec<&'static Self>, usize> {
        let mut livres: Vec<&'static Self> = ESTILOS
            .iter()
            .filter(|estilo| !escolhidos.contains(&Some(*estilo)))
            .rev()
            .collect();
        escolhidos
            .iter()
            .enumerate()
            .map(|(indice, escolhido)| escolhido.or_else(|| livres.pop()).ok_or(indice))
            .collect()
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn cada_serie_tem_um_estilo_e_nenhum_se_repete_sozinho() {
        let udp = Estilo::de("udp");
        let estilos = Estilo::distribuir(&[None, udp, None]).unwrap();
        let cores: Vec<_> = estilos.iter().map(|estilo| estilo.cor).collect();
        assert_eq!(cores, ["blue", "orange", "green"]);
        assert_eq!(Estilo::distribuir(&[None; 6]), Err(5));
        assert_eq!(Estilo::de("azul"), None);
    }
}
