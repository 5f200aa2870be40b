import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** The description of the server, for programs (`/openapi.json`) and people (`/docs`). */
export function addPageRoutes(app: FastifyInstance, basePath: string): void {
  app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': ["'unsafe-inline'"],
        'frame-ancestors': ["'none'"],
      },
    },
  });
  const texts = { openApi: '', page: '' };
  app.get('/openapi.json', async (_request, reply) => {
    if (texts.openApi === '') {
      const { openApi } = await import('./openapi.ts');
      texts.openApi = JSON.stringify(openApi(basePath));
    }
    return reply.type('application/json').send(texts.openApi);
  });
  app.get('/docs', async (_request, reply) => {
    if (texts.page === '') {
      const { referencePage } = await import('./reference-page.ts');
      texts.page = referencePage(basePath);
    }
    return reply.type('text/html; charset=utf-8').send(texts.page);
  });
}
