import { account } from './accepts-schema.ts';
import { optional, type Rule, settings } from './schema.ts';
import { matchingText, someOf } from './values.ts';

const organization = matchingText(/^o-[a-z0-9]{10,32}$/, "be the id of an organization, such as 'o-a1b2c3d4e5'", {
  range: 'id of an organization',
  wrong: ['acme'],
});

const somebody: Rule = {
  *check({ accounts, organization: whole }) {
    if (accounts === undefined && whole === undefined) {
      yield ['accounts', 'must have at least one account without organization, got undefined'];
    }
  },
  wrong: [{}],
};

/** Who may report from other accounts. */
export const producers = settings(
  {
    accounts: optional(someOf(account), 'Accounts whose producers may report'),
    organization: optional(organization, 'Organization whose accounts may all report'),
  },
  somebody,
);
