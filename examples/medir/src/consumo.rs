//! Quanto das CPUs se gasta, e quanto disso não é deste programa.

/// Em passos do relógio: menos que isto, e um a mais ou a menos já é 5 %.
const MENOR_INTERVALO: u64 = 20;

/// O tempo de CPU gasto até um instante, em passos do relógio de `proc_stat(5)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consumo {
    /// Todo o tempo de todas as CPUs, gasto ou não.
    total: u64,
    /// O que programas gastaram: os do usuário, os do núcleo por eles, e o que a
    /// máquina de verdade tomou desta, se ela é virtual. As interrupções ficam fora:
    /// não são de nenhum.
    programas: u64,
    /// O que este processo gastou.
    este: u64,
}

impl Consumo {
    /// A de agora; `None` fora do Linux.
    #[must_use]
    pub fn ler() -> Option<Self> {
        let de = |arquivo| std::fs::read_to_string(arquivo).ok();
        Self::de(&de("/proc/stat")?, &de("/proc/self/stat")?)
    }

    fn de(sistema: &str, processo: &str) -> Option<Self> {
        // `user nice system idle iowait irq softirq steal`
        let tempos = sistema.lines().next()?.strip_prefix("cpu ")?;
        let tempos: Vec<u64> = tempos
            .split_whitespace()
            .take(8)
            .map_while(|n| n.parse().ok())
            .collect();
        let &[usuario, gentil, nucleo, .., tomado] = tempos.as_slice() else {
            return None;
        };
        // O nome do programa, entre parênteses, pode ter espaços e parênteses.
        let (_, campos) = processo.rsplit_once(')')?;
        let mut campos = campos.split_whitespace().skip(11);
        let mut proximo = || campos.next()?.parse::<u64>().ok();
        Some(Self {
            total: tempos.iter().sum(),
            programas: usuario + gentil + nucleo + tomado,
            este: proximo()? + proximo()?,
        })
    }

    /// Que parte das CPUs outros programas usaram desde este instante até `depois`, de
    /// 0 a 1; `None` se o intervalo é curto demais para o relógio.
    #[must_use]
    pub fn outros_programas_ate(&self, depois: &Self) -> Option<f64> {
        let passou = depois.total.checked_sub(self.total)?;
        let programas = depois.programas.saturating_sub(self.programas);
        let este = depois.este.saturating_sub(self.este);
        if passou < MENOR_INTERVALO {
            return None;
        }
        let (Ok(outros), Ok(passou)) = (
            u32::try_from(programas.saturating_sub(este)),
            u32::try_from(passou),
        ) else {
            return None;
        };
        Some(f64::from(outros) / f64::from(passou))
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_que_e_nosso_e_o_que_nao_e_de_ninguem_nao_conta() {
        let processo = |usuario: u64, nucleo: u64| {
            format!("7 (a) b) R 1 1 1 0 -1 4 1 0 0 0 {usuario} {nucleo} 9 9 20")
        };
        let antes = Consumo::de(
            "cpu  100 10 50 1000 20 5 6 7 0 0\ncpu0 1\n",
            &processo(30, 20),
        )
        .unwrap();
        assert_eq!(antes.total, 1198);
        assert_eq!(antes.programas, 167);
        assert_eq!(antes.este, 50);
        // 100 passos: 40 nossos, 15 de outros, 5 de interrupções, 40 de ninguém.
        let depois = Consumo::de(
            "cpu  140 15 60 1040 20 8 8 7 0 0\n",
            &processo(60, 30),
        )
        .unwrap();
        assert_eq!(antes.outros_programas_ate(&depois), Some(0.15));
        assert_eq!(
            antes.outros_programas_ate(&antes),
            None,
            "não passou tempo"
        );
        assert_eq!(depois.outros_programas_ate(&antes), None);
    }

    #[test]
    fn o_que_nao_se_entende_nao_vira_numero() {
        assert_eq!(Consumo::de("", "1 (a) R"), None);
        assert_eq!(Consumo::de("cpu  1 2 3 4 5 6 7 8", "1 (a) R 1"), None);
        assert_eq!(Consumo::de("cpu  1 2", "1 (a) R 1"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn o_linux_diz() {
        assert!(Consumo::ler().is_some());
    }
}
