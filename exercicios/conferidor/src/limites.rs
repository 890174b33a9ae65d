//! O que um programa em teste não pode gastar, e como se acaba com ele e com tudo que ele
//! abriu.
//!
//! No Unix o programa lidera uma sessão, sem terminal, e um grupo de processos; no Windows é
//! posto em um objeto de trabalho: matá-lo mata os filhos. No Linux há ainda limites de
//! memória, de tempo de CPU e de tamanho de arquivo, um vigia que acaba com quem se
//! multiplica e uma marca no ambiente, que os filhos herdam, pela qual se acham os que
//! saíram do grupo. Quem sai do grupo e apaga a marca perde o pai quando ele acaba, e passa
//! a ser filho do conferidor, que pediu os órfãos para si: [`adotar_orfaos`].

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use process_wrap::std::{ChildWrapper, CommandWrap};

/// A variável de ambiente que marca um programa em teste e os filhos dele.
const MARCA: &str = "CONFERIDOR_MARCA";

/// Os programas que rodam agora: o número e a marca de cada um.
static VIVOS: Mutex<Vec<(u32, String)>> = Mutex::new(Vec::new());

/// Se os órfãos passam a ser filhos deste processo.
static ADOTA: AtomicBool = AtomicBool::new(false);

/// Um programa rodando, e o que é preciso para acabar com ele inteiro.
pub(crate) struct Jaula {
    filho: Box<dyn ChildWrapper>,
    marca: String,
    multiplicou: Arc<AtomicBool>,
}

impl Jaula {
    /// Começa o processo de `comando`, com os filhos dele ao alcance.
    pub(crate) fn comecar(mut comando: Command) -> io::Result<Self> {
        static NUMERO: AtomicU64 = AtomicU64::new(0);
        let numero = NUMERO.fetch_add(1, Ordering::Relaxed);
        let marca = format!("{}-{numero}", std::process::id());
        comando.env(MARCA, &marca);
        let mut comando = CommandWrap::from(comando);
        #[cfg(unix)]
        comando.wrap(process_wrap::std::ProcessSession);
        #[cfg(windows)]
        comando.wrap(process_wrap::std::JobObject);
        // Quem interrompe o conferidor não pode passar entre o começo e o registro.
        let mut vivos = vivos();
        let filho = comando.spawn()?;
        vivos.push((filho.id(), marca.clone()));
        drop(vivos);
        let jaula = Self {
            filho,
            marca,
            multiplicou: Arc::default(),
        };
        sistema::limitar(jaula.filho.id());
        sistema::vigiar(&jaula);
        Ok(jaula)
    }

    pub(crate) fn filho(&mut self) -> &mut dyn ChildWrapper {
        &mut *self.filho
    }

    /// Como o programa acabou; `None` se ainda roda. Os filhos que ele deixou não contam.
    pub(crate) fn acabou(&mut self) -> io::Result<Option<ExitStatus>> {
        // O de fora esperaria o grupo inteiro, e com ele os órfãos adotados.
        self.filho.inner_mut().try_wait()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.filho.id()
    }

    pub(crate) fn marca(&self) -> &str {
        &self.marca
    }

    /// Se o vigia matou o programa porque ele abriu processos demais.
    pub(crate) fn multiplicou(&self) -> bool {
        self.multiplicou.load(Ordering::Relaxed)
    }

    /// Acaba com o programa e com tudo que ele abriu. Quem já morreu não é erro.
    pub(crate) fn matar(&mut self) {
        let _ = self.filho.start_kill();
        sistema::matar_marcados(&self.marca);
    }
}

impl Drop for Jaula {
    fn drop(&mut self) {
        self.matar();
        let _ = self.filho.wait();
        let mut vivos = vivos();
        vivos.retain(|(_, marca)| *marca != self.marca);
        if ADOTA.load(Ordering::Relaxed) {
            sistema::matar_adotados(&vivos);
        }
    }
}

/// No Linux, faz deste processo o pai dos órfãos que os programas em teste deixarem, para
/// acabar com eles junto com cada programa; nos outros sistemas, nada. Só serve a um
/// processo que não tenha outros filhos enquanto confere: seriam mortos também
/// (`PR_SET_CHILD_SUBREAPER`, `prctl(2)`).
pub fn adotar_orfaos() {
    ADOTA.store(sistema::adotar(), Ordering::Relaxed);
}

/// Acaba com todos os programas em teste: o conferidor vai sair.
pub fn matar_todos() {
    let vivos = vivos();
    for (pid, marca) in vivos.iter() {
        sistema::matar_grupo(*pid);
        sistema::matar_marcados(marca);
    }
    if ADOTA.load(Ordering::Relaxed) {
        sistema::matar_adotados(&vivos);
    }
}

fn vivos() -> MutexGuard<'static, Vec<(u32, String)>> {
    VIVOS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(target_os = "linux")]
mod sistema {
    use std::fs;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{
        Pid, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process, kill_process_group,
        prlimit, set_child_subreaper, waitpid,
    };

    use super::{Jaula, MARCA, vivos};

    /// A memória de endereços que um programa pode pedir, em bytes.
    const MEMORIA: u64 = 1024 * 1024 * 1024;
    /// O tempo de CPU de um programa, em segundos: um que gira sem parar morre antes, pelos
    /// prazos; isto vale se o conferidor morrer primeiro.
    const CPU: u64 = 60;
    /// O maior arquivo que um programa pode escrever, em bytes.
    const ARQUIVO: u64 = 64 * 1024 * 1024;
    /// Quantos processos um programa pode ter ao mesmo tempo: nenhum exercício pede dois.
    const PROCESSOS: usize = 16;
    /// Quantos processos e threads um programa pode somar aos que já há na máquina, se o
    /// vigia se atrasa: quem dobra a cada volta esgota os números da máquina em um segundo.
    const FOLGA: u64 = 1024;
    /// De quanto em quanto tempo o vigia olha.
    const OLHADA: Duration = Duration::from_millis(50);
    /// Por quanto tempo se procuram marcados antes de desistir: cada volta mata todos os que
    /// acha, e só aparece na seguinte quem nasceu entre uma e outra, ou quem, em uma máquina
    /// ocupada, tem o sinal e ainda não morreu.
    const AFINCO: Duration = Duration::from_secs(5);
    /// Quanto se deixa passar quando já não nasce ninguém, e só falta que morram.
    const AGONIA: Duration = Duration::from_millis(1);
    /// Quantas vezes se procuram adotados antes de desistir: cada volta acaba com todos os que
    /// acha, e só os filhos deles escapam dela.
    const VOLTAS: usize = 50;

    /// Põe os limites. O que o sistema recusar fica sem limite: os prazos valem.
    pub(super) fn limitar(pid: u32) {
        let Some(pid) = numero(pid) else { return };
        // O sistema conta os do usuário inteiro, e não só os do programa; ao
        // administrador ele não põe este limite.
        let multidao = quantos_ha().map(|ha| (Resource::Nproc, ha + FOLGA));
        let recursos = [
            (Resource::As, MEMORIA),
            (Resource::Cpu, CPU),
            (Resource::Fsize, ARQUIVO),
            (Resource::Core, 0),
        ];
        for (recurso, quanto) in recursos.into_iter().chain(multidao) {
            let limite = Rlimit {
                current: Some(quanto),
                maximum: Some(quanto),
            };
            let _ = prlimit(Some(pid), recurso, limite);
        }
    }

    /// Quantos processos e threads há na máquina: o `2/345` de `proc_loadavg(5)`.
    fn quantos_ha() -> Option<u64> {
        let carga = fs::read_to_string("/proc/loadavg").ok()?;
        let (_, todos) = carga.split_whitespace().nth(3)?.split_once('/')?;
        todos.parse().ok()
    }

    /// Olha o programa até ele acabar, e o mata se ele se multiplica.
    pub(super) fn vigiar(jaula: &Jaula) {
        let pid = jaula.pid();
        let marca = jaula.marca.clone();
        let multiplicou = Arc::clone(&jaula.multiplicou);
        thread::spawn(move || {
            let vive = || vivos().iter().any(|(_, esta)| *esta == marca);
            while vive() {
                if marcados(&marca).len() > PROCESSOS {
                    multiplicou.store(true, Ordering::Relaxed);
                    // O sinal ao grupo alcança todos de uma vez, até quem está nascendo.
                    matar_grupo(pid);
                    matar_marcados(&marca);
                }
                thread::sleep(OLHADA);
            }
        });
    }

    pub(super) fn matar_grupo(pid: u32) {
        if let Some(pid) = numero(pid) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    pub(super) fn matar_marcados(marca: &str) {
        let ate = Instant::now() + AFINCO;
        let mut antes = Vec::new();
        loop {
            let pids = marcados(marca);
            if pids.is_empty() || Instant::now() >= ate {
                return;
            }
            for pid in &pids {
                let _ = kill_process(*pid, Signal::KILL);
            }
            if pids == antes {
                thread::sleep(AGONIA);
            }
            antes = pids;
        }
    }

    pub(super) fn adotar() -> bool {
        set_child_subreaper(Some(getpid())).is_ok()
    }

    /// Acaba com os filhos deste processo que não são nenhum dos `vivos`. Os filhos de um
    /// que morre passam a ser deste processo, e caem na volta seguinte.
    pub(super) fn matar_adotados(vivos: &[(u32, String)]) {
        for _ in 0..VOLTAS {
            let adotados: Vec<Pid> = processos()
                .filter(|pid| vivos.iter().all(|(vivo, _)| vivo != pid))
                .filter(|pid| pai(*pid) == Some(getpid()))
                .filter_map(numero)
                .collect();
            if adotados.is_empty() {
                return;
            }
            for pid in adotados {
                let _ = kill_process(pid, Signal::KILL);
                // Só depois disto os filhos dele já têm pai novo. O `SIGKILL` não se recusa.
                let _ = waitpid(Some(pid), WaitOptions::empty());
            }
        }
    }

    /// O pai de um processo: o quarto campo de `/proc/PID/stat`, depois do nome entre
    /// parênteses, que pode ter qualquer coisa dentro (`proc_pid_stat(5)`).
    fn pai(pid: u32) -> Option<Pid> {
        let campos = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, depois) = campos.rsplit_once(')')?;
        numero(depois.split_whitespace().nth(1)?.parse().ok()?)
    }

    fn processos() -> impl Iterator<Item = u32> {
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entrada| entrada.ok()?.file_name().to_str()?.parse().ok())
    }

    /// Os processos que herdaram a marca. Um morto que ninguém recolheu não tem ambiente, e
    /// não entra.
    fn marcados(marca: &str) -> Vec<Pid> {
        let procurada = format!("{MARCA}={marca}");
        processos()
            .filter(|pid| {
                fs::read(format!("/proc/{pid}/environ")).is_ok_and(|ambiente| {
                    ambiente
                        .split(|byte| *byte == 0)
                        .any(|variavel| variavel == procurada.as_bytes())
                })
            })
            .filter_map(numero)
            .collect()
    }

    fn numero(pid: u32) -> Option<Pid> {
        i32::try_from(pid).ok().and_then(Pid::from_raw)
    }
}

#[cfg(not(target_os = "linux"))]
mod sistema {
    use super::Jaula;

    pub(super) fn limitar(_: u32) {}
    pub(super) fn vigiar(_: &Jaula) {}
    pub(super) fn matar_marcados(_: &str) {}
    pub(super) fn adotar() -> bool {
        false
    }
    pub(super) fn matar_adotados(_: &[(u32, String)]) {}

    #[cfg(unix)]
    pub(super) fn matar_grupo(pid: u32) {
        use rustix::process::{Pid, Signal, kill_process_group};

        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    /// No Windows o Ctrl-C do terminal chega também ao programa em teste.
    #[cfg(not(unix))]
    pub(super) fn matar_grupo(_: u32) {}
}
