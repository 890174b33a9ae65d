//! Em que CPU roda cada thread, e com que folga o núcleo a acorda. As duas coisas se
//! herdam: quem a thread criar nasce como ela está.
//!
//! A CPU decide a latência: entre duas threads na mesma CPU uma mensagem demora dezenas
//! de microssegundos; entre CPUs diferentes que estavam dormindo, centenas.

use std::io;
use std::num::NonZero;

/// Onde uma thread pode rodar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lugar {
    /// Em uma só das CPUs deste processo: a de ordem `n`, módulo quantas há.
    Cpu(usize),
    /// Em qualquer das que o processo tinha ao começar.
    Livre,
}

/// Como as threads de uma medição dividem as CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ocupacao {
    /// Todas na mesma: é assim que se mede latência.
    Juntas,
    /// Onde o sistema quiser: é assim que se mede vazão.
    Livres,
}

impl Ocupacao {
    /// O que vai na coluna `cpus` das tabelas.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Juntas => "juntas",
            Self::Livres => "livres",
        }
    }

    /// Onde cada thread roda. Juntas, ficam na última: é na primeira que caem, em
    /// muitas máquinas, as interrupções.
    #[must_use]
    pub fn lugar(self) -> Lugar {
        match self {
            Self::Juntas => Lugar::Cpu(quantas() - 1),
            Self::Livres => Lugar::Livre,
        }
    }
}

/// Quantas CPUs este processo pode usar; pelo menos uma.
#[must_use]
pub fn quantas() -> usize {
    #[cfg(target_os = "linux")]
    if let Ok(permitidas) = linux::permitidas() {
        return permitidas.len();
    }
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Deixa esta thread em `lugar`. `Ok(true)` se ela ficou lá; `Ok(false)` onde isto não se
/// faz (fora do Linux): ela continua onde o sistema quiser.
///
/// # Errors
/// O que o sistema respondeu (`sched_setaffinity(2)`).
#[cfg_attr(not(target_os = "linux"), allow(clippy::unnecessary_wraps))]
pub fn fixar(lugar: Lugar) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    {
        linux::fixar(lugar)?;
        Ok(true)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = lugar;
        Ok(false)
    }
}

/// Faz o núcleo acordar esta thread na hora pedida, sem a folga de 50 µs com que ele
/// junta despertadores (`PR_SET_TIMERSLACK(2const)`). `Ok(false)` onde isto não se faz
/// (fora do Linux).
///
/// # Errors
/// O que o sistema respondeu.
#[cfg_attr(not(target_os = "linux"), allow(clippy::unnecessary_wraps))]
pub fn relogio_fino() -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1))?;
    Ok(cfg!(target_os = "linux"))
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::sync::OnceLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use super::Lugar;

    /// As CPUs em que este processo podia rodar na primeira vez em que se perguntou.
    pub fn permitidas() -> io::Result<&'static [usize]> {
        static PERMITIDAS: OnceLock<Vec<usize>> = OnceLock::new();
        if let Some(permitidas) = PERMITIDAS.get() {
            return Ok(permitidas);
        }
        // De quem nunca foi fixada: a thread principal só o é depois desta chamada.
        let conjunto = sched_getaffinity(Some(rustix::process::getpid()))?;
        let lista = (0..CpuSet::MAX_CPU)
            .filter(|&n| conjunto.is_set(n))
            .collect();
        Ok(PERMITIDAS.get_or_init(|| lista))
    }

    pub fn fixar(lugar: Lugar) -> io::Result<()> {
        let permitidas = permitidas()?;
        let escolhidas = match lugar {
            Lugar::Cpu(n) => {
                let n = n % permitidas.len();
                &permitidas[n..=n]
            }
            Lugar::Livre => permitidas,
        };
        let mut conjunto = CpuSet::new();
        for &cpu in escolhidas {
            conjunto.set(cpu);
        }
        Ok(sched_setaffinity(None, &conjunto)?)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn ha_pelo_menos_uma_cpu() {
        assert!(quantas() >= 1);
        let Lugar::Cpu(n) = Ocupacao::Juntas.lugar() else {
            panic!("juntas é em uma CPU");
        };
        assert!(n < quantas());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn fixa_solta_e_a_thread_criada_herda() -> io::Result<()> {
        let onde = || {
            let conjunto = rustix::thread::sched_getaffinity(None)?;
            io::Result::Ok(conjunto.count() as usize)
        };
        // Em uma thread à parte, para não mexer na do teste.
        std::thread::spawn(move || -> io::Result<()> {
            let quantas = quantas();
            assert!(fixar(Lugar::Cpu(quantas + 7))?);
            assert_eq!(onde()?, 1);
            let filha = std::thread::spawn(onde).join();
            assert_eq!(filha.expect("a filha não entra em pânico")?, 1);
            assert!(fixar(Lugar::Livre)?);
            assert_eq!(onde()?, quantas);
            Ok(())
        })
        .join()
        .expect("a thread não entra em pânico")
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folga_do_relogio_fica_em_um_nanossegundo() -> io::Result<()> {
        assert!(relogio_fino()?);
        assert_eq!(rustix::thread::current_timer_slack()?, 1);
        Ok(())
    }
}
