//! O nome de cada série ao lado dela, onde há lugar: quem lê não vai e volta de uma
//! legenda. Se algum nome não tem onde ficar, todas vão para a legenda.

use super::papel::{self, CORPO, Lado, Ponto};

/// Quanto um rótulo fica longe do que ele nomeia.
const FOLGA: f64 = 5.0;

/// De quanto em quanto, ao longo de uma linha, se olha se um rótulo a atropela.
const PASSO: f64 = 4.0;

/// Um retângulo do papel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retangulo {
    /// A esquerda.
    pub x0: f64,
    /// O alto.
    pub y0: f64,
    /// A direita.
    pub x1: f64,
    /// O pé.
    pub y1: f64,
}

/// O que se desenhou de uma série, ou o que não é de nenhuma.
#[derive(Debug, Clone, Default)]
pub struct Tracado {
    /// Os lugares junto aos quais o nome pode ficar, do melhor ao pior.
    pub ancoras: Vec<Ponto>,
    /// O que o nome não pode cobrir.
    pub cheios: Vec<Retangulo>,
}

/// Onde fica um nome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lugar {
    /// O lugar do texto, na altura do meio dele.
    pub ponto: Ponto,
    /// De que lado do ponto.
    pub lado: Lado,
}

impl Retangulo {
    /// Em volta de um ponto.
    pub fn em_volta((x, y): Ponto, raio: f64) -> Self {
        Self {
            x0: x - raio,
            y0: y - raio,
            x1: x + raio,
            y1: y + raio,
        }
    }

    /// Se os dois têm um pedaço em comum.
    pub fn toca(&self, outro: &Self) -> bool {
        self.x0 < outro.x1 && outro.x0 < self.x1 && self.y0 < outro.y1 && outro.y0 < self.y1
    }

    /// Se este cabe no outro.
    pub fn dentro(&self, outro: &Self) -> bool {
        self.x0 >= outro.x0 && self.x1 <= outro.x1 && self.y0 >= outro.y0 && self.y1 <= outro.y1
    }

    /// A distância de um retângulo a outro; zero se eles se tocam.
    fn distancia(&self, outro: &Self) -> f64 {
        let x = (outro.x0 - self.x1).max(self.x0 - outro.x1).max(0.0);
        let y = (outro.y0 - self.y1).max(self.y0 - outro.y1).max(0.0);
        x.hypot(y)
    }
}

impl Tracado {
    /// Uma linha por estes pontos: nada a cobre, e o nome pode ficar junto de qualquer
    /// parte dela, de preferência do fim.
    pub fn linha(&mut self, pontos: &[Ponto]) {
        for par in pontos.windows(2) {
            let ((x0, y0), (x1, y1)) = (par[0], par[1]);
            let passos = ((x1 - x0).hypot(y1 - y0) / PASSO).ceil().max(1.0);
            let mut passo = 0.0;
            while passo <= passos {
                let parte = passo / passos;
                let ponto = (x0 + (x1 - x0) * parte, y0 + (y1 - y0) * parte);
                self.cheios.push(Retangulo::em_volta(ponto, PASSO / 2.0));
                passo += 1.0;
            }
        }
    }
}

/// Onde fica o nome de cada traçado, dentro de `limites`; `None` se algum não cabe.
pub fn colocar(nomes: &[&str], tracados: &[Tracado], limites: &Retangulo) -> Option<Vec<Lugar>> {
    let mut postos: Vec<Retangulo> = Vec::new();
    let mut lugares = Vec::new();
    for (indice, nome) in nomes.iter().enumerate() {
        let melhor = candidatos(nome, &tracados[indice])
            .filter(|(_, ocupa)| ocupa.dentro(limites))
            .filter_map(|candidato| {
                let custo = custo(&candidato.1, indice, tracados, &postos)?;
                Some((custo, candidato))
            })
            .min_by(|(um, _), (outro, _)| um.total_cmp(outro));
        let (_, (lugar, ocupa)) = melhor?;
        postos.push(ocupa);
        lugares.push(lugar);
    }
    Some(lugares)
}

/// Os lugares possíveis de um nome e o que cada um ocupa, do melhor ao pior.
fn candidatos<'n>(nome: &'n str, tracado: &'n Tracado) -> impl Iterator<Item = (Lugar, Retangulo)> {
    let meia = CORPO * 0.6;
    let longe = meia + FOLGA;
    let em_volta = [
        (FOLGA + 3.0, 0.0, Lado::Direita),
        (0.0, -longe, Lado::Meio),
        (0.0, longe, Lado::Meio),
        (2.0, -longe, Lado::Direita),
        (2.0, longe, Lado::Direita),
        (-2.0, -longe, Lado::Esquerda),
        (-2.0, longe, Lado::Esquerda),
        (-FOLGA - 3.0, 0.0, Lado::Esquerda),
    ];
    tracado.ancoras.iter().flat_map(move |(x, y)| {
        em_volta.into_iter().map(move |(dx, dy, lado)| {
            let ponto = (x + dx, y + dy);
            (Lugar { ponto, lado }, papel::ocupado(ponto, lado, nome))
        })
    })
}

/// Quanto custa pôr um nome ali: menos perto do que é dele, mais perto do que é de
/// outro. `None` se ele cobre algo.
fn custo(
    ocupa: &Retangulo,
    dono: usize,
    tracados: &[Tracado],
    postos: &[Retangulo],
) -> Option<f64> {
    if postos.iter().any(|posto| posto.toca(ocupa)) {
        return None;
    }
    let mut ate_o_dele = f64::INFINITY;
    let mut ate_os_outros = f64::INFINITY;
    for (indice, tracado) in tracados.iter().enumerate() {
        for cheio in &tracado.cheios {
            if cheio.toca(ocupa) {
                return None;
            }
            let distancia = cheio.distancia(ocupa);
            if indice == dono {
                ate_o_dele = ate_o_dele.min(distancia);
            } else {
                ate_os_outros = ate_os_outros.min(distancia);
            }
        }
    }
    for posto in postos {
        ate_os_outros = ate_os_outros.min(posto.distancia(ocupa));
    }
    // Um nome mais perto do vizinho do que da sua série engana.
    if ate_os_outros < ate_o_dele + 2.0 {
        return None;
    }
    let aperto = (20.0 - ate_os_outros).max(0.0);
    Some(ate_o_dele + aperto * 2.0)
}

#[cfg(test)]
mod testes {
    use super::*;

    const LIMITES: Retangulo = Retangulo {
        x0: 0.0,
        y0: 0.0,
        x1: 300.0,
        y1: 200.0,
    };

    fn reta(y: f64) -> Tracado {
        let mut tracado = Tracado {
            ancoras: vec![(200.0, y), (100.0, y)],
            ..Tracado::default()
        };
        tracado.linha(&[(0.0, y), (200.0, y)]);
        tracado
    }

    #[test]
    fn cada_nome_fica_junto_da_sua_linha_sem_cobrir_nada() {
        let tracados = [reta(50.0), reta(150.0)];
        let lugares = colocar(&["TCP", "UDP"], &tracados, &LIMITES).unwrap();
        assert!((lugares[0].ponto.1 - 50.0).abs() < 30.0);
        assert!((lugares[1].ponto.1 - 150.0).abs() < 30.0);
    }

    #[test]
    fn se_um_nome_nao_cabe_nenhum_e_posto() {
        let tracados: Vec<_> = (0..12).map(|i| reta(f64::from(i) * 8.0)).collect();
        let nomes = vec!["uma série de nome comprido demais para caber ao lado"; 12];
        assert_eq!(colocar(&nomes, &tracados, &LIMITES), None);
    }

    #[test]
    fn um_nome_nao_fica_mais_perto_da_linha_alheia() {
        let tracados = [reta(100.0), reta(104.0)];
        let mut estreito = LIMITES;
        estreito.x1 = 201.0;
        assert!(
            colocar(&["TCP", "UDP"], &tracados, &estreito)
                .is_none_or(|lugares| { lugares[0].ponto.1 < 100.0 && lugares[1].ponto.1 > 104.0 })
        );
    }
}
