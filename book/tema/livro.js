'use strict';

// O que a página ganha quando há JavaScript; sem ele, tudo se lê do mesmo jeito.

// O que rola para os lados recebe o foco, para que o teclado também o role.
(function() {
    const NOMES = [
        ['.table-wrapper', 'Tabela que rola para os lados'],
        ['pre > code', 'Código que rola para os lados'],
        ['.tela.colunas', 'Saída que rola para os lados'],
    ];

    // De que lados ainda há o que ver: o tema desbota esses lados.
    function lados({ scrollWidth, clientWidth, scrollLeft }) {
        return [
            ...(scrollLeft > 1 ? ['esquerda'] : []),
            ...(scrollWidth - clientWidth - scrollLeft > 1 ? ['direita'] : []),
        ].join(' ');
    }

    function desbotar(elemento, lados) {
        if (lados) {
            elemento.dataset.rola = lados;
        } else {
            delete elemento.dataset.rola;
        }
    }

    const nomes = new Map();

    function anunciar(elemento, rola) {
        if (rola) {
            elemento.setAttribute('tabindex', '0');
            elemento.setAttribute('role', 'group');
            elemento.setAttribute('aria-label', nomes.get(elemento));
        } else {
            elemento.removeAttribute('tabindex');
            elemento.removeAttribute('role');
            elemento.removeAttribute('aria-label');
        }
    }

    document.addEventListener('DOMContentLoaded', () => {
        // Primeiro se mede tudo, depois se muda: medir entre uma mudança e outra faria o
        // navegador desenhar a página de novo a cada elemento.
        const conferir = elementos => {
            const medidos = elementos.map(elemento => ({
                elemento,
                rola: elemento.scrollWidth > elemento.clientWidth,
                lados: lados(elemento),
            }));
            for (const { elemento, rola, lados } of medidos) {
                // Quem não rola e nunca rolou já está como deve.
                if (rola || elemento.hasAttribute('tabindex')) {
                    anunciar(elemento, rola);
                    desbotar(elemento, lados);
                }
            }
        };
        const olheiro = new ResizeObserver(mudados => conferir(mudados.map(({ target }) => target)));
        for (const [seletor, nome] of NOMES) {
            for (const elemento of document.querySelectorAll('main ' + seletor)) {
                nomes.set(elemento, nome);
                olheiro.observe(elemento);
                elemento.addEventListener('scroll', () => desbotar(elemento, lados(elemento)), { passive: true });
                // Aqui as setas rolam; em book.js elas trocam de capítulo.
                elemento.addEventListener('keydown', evento => {
                    if (/^Arrow(?:Left|Right)$/.test(evento.key) && elemento.hasAttribute('tabindex')) {
                        evento.stopPropagation();
                    }
                });
            }
        }
        // O que está fechado ninguém avisa que mudou: todos são medidos uma vez.
        conferir([...nomes.keys()]);
    });
})();

// Pular para o conteúdo move o foco sem trocar de endereço: a página 404, que tem
// uma base própria, levaria o leitor embora.
document.addEventListener('click', evento => {
    if (evento.target.matches && evento.target.matches('.pular')) {
        evento.preventDefault();
        const conteudo = document.getElementById('conteudo');
        conteudo.focus({ preventScroll: true });
        conteudo.scrollIntoView();
    }
});

// No papel ninguém abre as respostas: elas vão abertas, e voltam a ser como estavam.
(function() {
    let fechadas = [];
    window.addEventListener('beforeprint', () => {
        fechadas = [...document.querySelectorAll('main details:not([open])')];
        fechadas.forEach(resposta => {
            resposta.open = true;
        });
    });
    window.addEventListener('afterprint', () => {
        fechadas.forEach(resposta => {
            resposta.open = false;
        });
    });
})();

// A letra grande, para projetar: o botão e a tecla G. O que o leitor escolheu fica neste
// aparelho; a página seguinte já começa assim (index.hbs).
(function() {
    const raiz = document.documentElement;

    function barra(visivel) {
        const caixa = document.getElementById('mdbook-sidebar-toggle-anchor');
        caixa.checked = visivel;
        raiz.classList.toggle('sidebar-visible', visivel);
        document.getElementById('mdbook-sidebar-toggle').setAttribute('aria-expanded', visivel);
    }

    function queriaABarra() {
        let guardada = null;
        try {
            guardada = localStorage.getItem('mdbook-sidebar');
        } catch {
            // Sem onde guardar, vale o de sempre.
        }
        return document.body.clientWidth >= 1080 && guardada !== 'hidden';
    }

    function alternar(botao) {
        const alto = document.getElementById('mdbook-menu-bar').getBoundingClientRect().bottom;
        const marco = window.scrollY === 0 ? null : [...document.querySelectorAll('main > *')]
            .find(elemento => elemento.getBoundingClientRect().bottom > alto);
        const antes = marco ? marco.getBoundingClientRect().top : 0;
        const grande = raiz.classList.toggle('letra-grande');
        barra(!grande && queriaABarra());
        botao.setAttribute('aria-pressed', grande);
        document.getElementById('aviso').textContent = grande ? 'Letra grande ligada' : 'Letra grande desligada';
        // O que se lia continua onde estava.
        if (marco) {
            window.scrollBy({ top: marco.getBoundingClientRect().top - antes, behavior: 'instant' });
        }
        try {
            if (grande) {
                localStorage.setItem('letra-grande', 'sim');
            } else {
                localStorage.removeItem('letra-grande');
            }
        } catch {
            // Sem onde guardar, a escolha vale só nesta página.
        }
    }

    document.addEventListener('DOMContentLoaded', () => {
        const botao = document.getElementById('letra-grande');
        botao.addEventListener('click', () => alternar(botao));
        document.addEventListener('keydown', evento => {
            const { key, altKey, ctrlKey, metaKey, target } = evento;
            const escreve = target.closest('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]');
            if (key.toLowerCase() === 'g' && !altKey && !ctrlKey && !metaKey && !escreve
                && getComputedStyle(botao).display !== 'none') {
                evento.preventDefault();
                alternar(botao);
            }
        });
    });
})();
