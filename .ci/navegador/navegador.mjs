// Abre e fecha o navegador e o servidor local; nada aqui sabe do livro.

import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

const NOMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** O caminho do Chromium: o da variável CHROMIUM ou o primeiro do PATH; `null` se não há. */
export async function acharChromium() {
    const candidatos = process.env.CHROMIUM
        ? [process.env.CHROMIUM]
        : (process.env.PATH ?? '')
            .split(path.delimiter)
            .flatMap(pasta => NOMES.map(nome => path.join(pasta, nome)));
    for (const candidato of candidatos) {
        try {
            await access(candidato, constants.X_OK);
            return candidato;
        } catch {
            // Não é este.
        }
    }
    return null;
}

/** Um navegador com perfil novo, sem rede além desta máquina. `fechar` não deixa nada para trás. */
export async function abrirNavegador(puppeteer, executavel, prazo) {
    const perfil = await mkdtemp(path.join(tmpdir(), 'conferir-o-livro-'));
    let navegador;
    try {
        navegador = await puppeteer.launch({
            executablePath: executavel,
            headless: true,
            userDataDir: perfil,
            timeout: prazo,
            protocolTimeout: prazo,
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--disable-quic',
                '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
                '--hide-scrollbars',
                '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
            ],
        });
    } catch (erro) {
        await rm(perfil, { recursive: true, force: true });
        throw erro;
    }
    const processo = navegador.process();
    const matar = () => processo?.kill('SIGKILL');
    // Se este programa acabar de repente, o navegador e o perfil acabam com ele.
    const largar = () => {
        matar();
        rmSync(perfil, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    };
    process.once('exit', largar);
    const fechar = async () => {
        const prazoEsgotado = new Promise(resolver => setTimeout(resolver, 5000).unref());
        await Promise.race([navegador.close().catch(() => {}), prazoEsgotado]);
        matar();
        process.off('exit', largar);
        await rm(perfil, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    };
    return { navegador, fechar };
}

const TIPOS = {
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.txt': 'text/plain; charset=utf-8',
    '.woff2': 'font/woff2',
};

/** Serve `pasta` em 127.0.0.1, em uma porta livre; o que não existe responde com 404.html. */
export async function servir(pasta) {
    const servidor = createServer(async (pedido, resposta) => {
        const caminho = decodeURIComponent(new URL(pedido.url, 'http://localhost').pathname);
        // Só o pedem as páginas sem ícone: as de redirecionamento, que ninguém chega a ver.
        if (caminho === '/favicon.ico') {
            resposta.writeHead(204).end();
            return;
        }
        const arquivo = path.join(pasta, caminho.endsWith('/') ? `${caminho}index.html` : caminho);
        let codigo = 200;
        let servido = arquivo;
        let corpo;
        try {
            corpo = await readFile(arquivo);
        } catch {
            codigo = 404;
            servido = path.join(pasta, '404.html');
            corpo = await readFile(servido).catch(() => '');
        }
        resposta.writeHead(codigo, {
            'content-type': TIPOS[path.extname(servido)] ?? 'application/octet-stream',
        });
        resposta.end(corpo);
    });
    await new Promise((resolver, rejeitar) => {
        servidor.once('error', rejeitar);
        servidor.listen(0, '127.0.0.1', resolver);
    });
    return {
        origem: `http://127.0.0.1:${servidor.address().port}`,
        fechar: () => new Promise(resolver => {
            servidor.closeAllConnections();
            servidor.close(resolver);
        }),
    };
}
