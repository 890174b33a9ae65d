// Recarrega a página quando o livro muda, e mostra o que está errado nas fontes.
'use strict';
(() => {
    const versao = document.currentScript.dataset.versao;
    let faixa = null;

    const mostrar = problemas => {
        if (faixa) {
            faixa.remove();
            faixa = null;
        }
        if (problemas.length === 0) {
            return;
        }
        faixa = document.createElement('section');
        faixa.setAttribute('role', 'alert');
        faixa.lang = 'pt-BR';
        faixa.style.cssText =
            'position:fixed;inset:auto 0 0 0;z-index:1000;max-height:40vh;overflow:auto;' +
            'padding:1.2rem 1.6rem;background:#5c0f14;color:#fff;font:1.4rem/1.5 monospace;' +
            'white-space:pre-wrap;overflow-wrap:anywhere';
        faixa.textContent =
            'O livro tem problemas; esta página é a de antes deles.\n' + problemas.join('\n');
        document.body.append(faixa);
    };

    // O navegador se liga de novo sozinho quando a conexão cai.
    new EventSource('/_ao-vivo').onmessage = ({ data }) => {
        const [agora, ...problemas] = data.split('\n');
        if (agora === versao) {
            mostrar(problemas);
        } else {
            location.reload();
        }
    };
})();
