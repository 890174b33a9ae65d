'use strict';

// As perguntas de cada capítulo se respondem abrindo uma escolha. Aqui o aparelho lembra
// a primeira que se abriu de cada uma; nada sai dele.
(function() {
    const CHAVE = 'sockets-perguntas';
    // Um leitor que responde a tudo guarda umas duzentas; mais que isto não é nosso.
    const MAIOR = 64 * 1024;

    const NAVEGANDO = document.querySelectorAll('.pergunta').length > 0
        && !/\/print\.html$/.test(location.pathname);

    function ler() {
        try {
            const texto = localStorage.getItem(CHAVE) || '{}';
            const lido = texto.length > MAIOR ? {} : JSON.parse(texto);
            return lido && typeof lido === 'object' && !Array.isArray(lido) ? lido : {};
        } catch {
            return {};
        }
    }

    function guardar(respostas) {
        try {
            localStorage.setItem(CHAVE, JSON.stringify(respostas));
        } catch {
            // Sem lugar para guardar, as perguntas funcionam do mesmo jeito.
        }
    }

    function escolhas(pergunta) {
        return [...pergunta.querySelectorAll(':scope > details.escolha')];
    }

    // O que se diz de uma pergunta, pela primeira escolha que se abriu dela.
    function contar(pergunta, qual) {
        const escolha = Number.isInteger(qual) ? escolhas(pergunta)[qual] : undefined;
        let aviso = pergunta.querySelector(':scope > .lembrada');
        if (!escolha) {
            if (aviso) {
                aviso.remove();
            }
            return;
        }
        if (!aviso) {
            aviso = document.createElement('p');
            aviso.className = 'lembrada';
            pergunta.append(aviso);
        }
        aviso.textContent = escolha.classList.contains('certa')
            ? 'Você acertou de primeira.'
            : 'Na primeira vez você abriu outra escolha.';
    }

    function resumir(todas, placar) {
        const respostas = ler();
        const respondidas = todas.filter(p => Number.isInteger(respostas[p.dataset.pergunta]));
        const certas = respondidas.filter(p => {
            const escolha = escolhas(p)[respostas[p.dataset.pergunta]];
            return escolha && escolha.classList.contains('certa');
        });
        placar.hidden = respondidas.length === 0;
        placar.firstChild.textContent = `Neste aparelho você respondeu a ${respondidas.length} de ${todas.length}`
            + ` perguntas, e acertou ${certas.length} de primeira. `;
    }

    document.addEventListener('DOMContentLoaded', () => {
        if (!NAVEGANDO) {
            return;
        }
        const todas = [...document.querySelectorAll('.pergunta')];
        const placar = document.createElement('p');
        placar.className = 'placar';
        placar.setAttribute('role', 'status');
        const esquecer = document.createElement('button');
        esquecer.type = 'button';
        esquecer.textContent = 'Esquecer as respostas desta página';
        placar.append('', esquecer);
        document.querySelector('.perguntas').append(placar);

        const respostas = ler();
        for (const pergunta of todas) {
            contar(pergunta, respostas[pergunta.dataset.pergunta]);
            escolhas(pergunta).forEach((escolha, qual) => {
                // Só um clique, ou uma tecla, de quem lê: a impressão e a busca também abrem.
                escolha.querySelector('summary').addEventListener('click', () => {
                    const agora = ler();
                    if (!escolha.open && !Number.isInteger(agora[pergunta.dataset.pergunta])) {
                        agora[pergunta.dataset.pergunta] = qual;
                        guardar(agora);
                        contar(pergunta, qual);
                        resumir(todas, placar);
                    }
                });
            });
        }
        esquecer.addEventListener('click', () => {
            const agora = ler();
            for (const pergunta of todas) {
                delete agora[pergunta.dataset.pergunta];
                contar(pergunta, undefined);
                escolhas(pergunta).forEach(escolha => {
                    escolha.open = false;
                });
            }
            guardar(agora);
            resumir(todas, placar);
            document.getElementById('perguntas')?.scrollIntoView();
        });
        resumir(todas, placar);
    });
})();
